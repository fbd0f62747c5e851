import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CRL;
import java.security.cert.CertPathValidator;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * JSSE as a client that proves itself, and CertPath as a judge of chains. Questions and answers as in
 * question.h.
 */
public final class Check {
  private static final int LIMIT_MS = 10_000;
  private static final char[] NO_PASSWORD = {};

  public static void main(String[] words) throws IOException {
    if (words.length > 0) {
      var version = Runtime.version();
      System.out.println(version.feature() + "." + version.interim() + "." + version.update());
      return;
    }
    var lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      var fields = line.split("\t");
      System.out.println(fields[0] + "\t" + answer(fields));
    }
  }

  private static String answer(String[] fields) {
    try {
      if (fields[1].equals("handshake")) {
        shake(fields);
      } else {
        judge(fields);
      }
      return "accepted";
    } catch (Exception error) {
      return String.valueOf(error).replaceAll("\\s+", " ");
    }
  }

  private static void judge(String[] fields) throws Exception {
    var anchors = certificates(fields[3]);
    var chain = certificates(fields[4]);
    var parameters = new PKIXParameters(Set.of(new TrustAnchor(anchors.get(0), null)));
    parameters.setRevocationEnabled(!fields[9].equals("-"));
    if (!fields[9].equals("-")) {
      var lists = new CollectionCertStoreParameters(List.of(revocationList(fields[9])));
      parameters.addCertStore(CertStore.getInstance("Collection", lists));
    }
    var path = CertificateFactory.getInstance("X.509").generateCertPath(chain);
    CertPathValidator.getInstance("PKIX").validate(path, parameters);
    var leaf = chain.get(0);
    if (fields[7].equals("client")) {
      trust(anchors).checkClientTrusted(chain.toArray(X509Certificate[]::new), "UNKNOWN");
    } else if (leaf.getBasicConstraints() < 0) {
      throw new IllegalArgumentException("no authority");
    }
  }

  private static void shake(String[] fields) throws Exception {
    var keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    var own = certificates(fields[4]);
    keys.setKeyEntry("own", privateKey(fields[5], own.get(0)), NO_PASSWORD, own.toArray(Certificate[]::new));
    var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keyManagers.init(keys, NO_PASSWORD);
    var context = SSLContext.getInstance("TLS");
    context.init(
        keyManagers.getKeyManagers(),
        new X509TrustManager[] {trust(certificates(fields[3]))},
        null);
    try (var plain = new Socket()) {
      plain.connect(new InetSocketAddress("127.0.0.1", Integer.parseInt(fields[2])), LIMIT_MS);
      plain.setSoTimeout(LIMIT_MS);
      // The name that is given here is the one that is looked for in the certificate.
      var socket = (SSLSocket) context.getSocketFactory().createSocket(plain, fields[8], 0, true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      var heard = new BufferedReader(new InputStreamReader(socket.getInputStream())).readLine();
      if (!"welcome esp32-001".equals(heard)) {
        throw new IOException("not greeted by the server");
      }
    }
  }

  private static X509TrustManager trust(List<X509Certificate> anchors) throws Exception {
    var trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("anchor", anchors.get(0));
    var factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(trusted);
    return (X509TrustManager) factory.getTrustManagers()[0];
  }

  private static List<X509Certificate> certificates(String path) throws Exception {
    try (var file = new FileInputStream(path)) {
      return CertificateFactory.getInstance("X.509").generateCertificates(file).stream()
          .map(X509Certificate.class::cast)
          .toList();
    }
  }

  private static CRL revocationList(String path) throws Exception {
    try (var file = new FileInputStream(path)) {
      return CertificateFactory.getInstance("X.509").generateCRL(file);
    }
  }

  private static PrivateKey privateKey(String path, X509Certificate certificate) throws Exception {
    var text = Files.readString(Path.of(path)).replaceAll("-----[^-]+-----|\\s", "");
    var spec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text));
    return KeyFactory.getInstance(certificate.getPublicKey().getAlgorithm()).generatePrivate(spec);
  }
}
