/* The limit of issuing: P-256 keys and certificates by OpenSSL in C.
 *   limit limit N           PEM in memory; all but key and signature is there already
 *   limit api N             the same through OpenSSL's own X509 functions
 *   limit archive N FILE    as `limit`, and tar, gzip -1 and fsync: the whole job
 *   limit folders N FOLDER  makes nothing, and writes the three files of each
 *   limit hashes N          password hashes as mosquitto_passwd 2.0 makes them
 * Prints how many a second. Built by scripts/bench issue. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum { tbs_bytes = 390, serial_at = 15, point_at = 190, key_id_at = 330, point_bytes = 65 };

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

/* Base64 in lines of 64, between two lines. */
static int pem(char *out, const char *label, const unsigned char *der, int length) {
  int used = sprintf(out, "-----BEGIN %s-----\n", label);
  for (int at = 0; at < length; at += 48) {
    used += EVP_EncodeBlock((unsigned char *)out + used, der + at, length - at < 48 ? length - at : 48);
    out[used++] = '\n';
  }
  return used + sprintf(out + used, "-----END %s-----\n", label);
}

struct minted {
  char certificate[1024], key[512];
};

/* The fastest calls that OpenSSL 3 has: an EC_KEY that stays, and a signature over a digest. */
static void mint(EC_KEY *authority, EC_KEY *leaf, struct minted *made) {
  static unsigned char tbs[tbs_bytes] = {0x30, 0x82}, whole[600] = {0x30, 0x82}, pkcs8[138] = {0x30};
  unsigned char digest[SHA256_DIGEST_LENGTH];
  static int is_filled;
  unsigned int signature = 0;
  /* So that what is constant packs as well as a certificate, and not as zeros do. */
  if (!is_filled) is_filled = RAND_bytes(tbs + 4, sizeof tbs - 4);
  EC_KEY_generate_key(leaf);
  EC_POINT_point2oct(EC_KEY_get0_group(leaf), EC_KEY_get0_public_key(leaf),
                     POINT_CONVERSION_UNCOMPRESSED, tbs + point_at, point_bytes, NULL);
  BN_bn2binpad(EC_KEY_get0_private_key(leaf), pkcs8 + 36, 32);
  memcpy(pkcs8 + 73, tbs + point_at, point_bytes);
  RAND_bytes(tbs + serial_at, 16);
  SHA1(tbs + point_at, point_bytes, tbs + key_id_at);
  SHA256(tbs, sizeof tbs, digest);
  memcpy(whole + 4, tbs, sizeof tbs);
  ECDSA_sign(0, digest, sizeof digest, whole + 4 + sizeof tbs + 15, &signature, authority);
  pem(made->certificate, "CERTIFICATE", whole, 4 + sizeof tbs + 15 + (int)signature);
  pem(made->key, "PRIVATE KEY", pkcs8, sizeof pkcs8);
}

static EC_KEY *new_key(void) {
  EC_KEY *key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
  EC_KEY_generate_key(key);
  return key;
}

static void limit(int count, const char *unused) {
  (void)unused;
  static struct minted made;
  EC_KEY *authority = new_key(), *leaf = new_key();
  for (int index = 0; index < count; index++) mint(authority, leaf, &made);
  EC_KEY_free(authority), EC_KEY_free(leaf);
}

/* A file in the archive: a header of 512 bytes, and the content up to a whole block. */
static void add(gzFile archive, int device, const char *file, const char *content) {
  static char header[512], zeros[512];
  size_t length = strlen(content);
  unsigned int sum = 256;
  memset(header, 0, sizeof header);
  sprintf(header, "esp32-%06d/%s", device, file);
  memcpy(header + 100, "0000600\0000000000\0000000000", 24);
  sprintf(header + 124, "%011zo", length);
  memcpy(header + 136, "00000000000", 12);
  memcpy(header + 156, "0", 1), memcpy(header + 257, "ustar\00000", 8);
  for (size_t at = 0; at < sizeof header; at++) sum += (unsigned char)header[at];
  sprintf(header + 148, "%06o", sum), header[155] = ' ';
  gzwrite(archive, header, sizeof header);
  gzwrite(archive, content, length);
  gzwrite(archive, zeros, (512 - length % 512) % 512);
}

static void archive(int count, const char *path) {
  static struct minted made, ca;
  EC_KEY *authority = new_key(), *leaf = new_key();
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  gzFile out = gzdopen(dup(file), "wb1");
  mint(authority, authority, &ca);
  for (int index = 0; index < count; index++) {
    mint(authority, leaf, &made);
    add(out, index, "ca.crt", ca.certificate);
    add(out, index, "client.crt", made.certificate);
    add(out, index, "client.key", made.key);
  }
  gzclose(out), fsync(file), close(file);
  EC_KEY_free(authority), EC_KEY_free(leaf);
}

static void put(const char *folder, const char *name, const char *content) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (file < 0 || write(file, content, strlen(content)) < 0) perror(path), exit(1);
  close(file);
}

static void folders(int count, const char *root) {
  static struct minted made;
  EC_KEY *authority = new_key();
  mint(authority, authority, &made);
  for (int index = 0; index < count; index++) {
    char folder[256];
    snprintf(folder, sizeof folder, "%s/esp32-%06d", root, index);
    mkdir(folder, 0700);
    put(folder, "ca.crt", made.certificate);
    put(folder, "client.crt", made.certificate);
    put(folder, "client.key", made.key);
  }
  EC_KEY_free(authority);
}

static void hashes(int count, const char *unused) {
  (void)unused;
  unsigned char salt[12], hash[64];
  char line[128];
  for (int index = 0; index < count; index++) {
    RAND_bytes(salt, sizeof salt);
    PKCS5_PBKDF2_HMAC("0123456789abcdef0123456789abcdef", 32, salt, sizeof salt, 101, EVP_sha512(),
                      sizeof hash, hash);
    EVP_EncodeBlock((unsigned char *)line, hash, sizeof hash);
  }
}

static void extend(X509 *certificate, X509V3_CTX *context, int id, const char *value) {
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, id, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

static X509 *certificate_for(EVP_PKEY *key, X509_NAME *issuer, const char *name) {
  X509 *certificate = X509_new();
  BIGNUM *serial = BN_new();
  BN_rand(serial, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY);
  BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate));
  BN_free(serial);
  X509_set_version(certificate, X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 31536000L);
  X509_NAME *subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
  X509_set_issuer_name(certificate, issuer != NULL ? issuer : subject);
  X509_set_pubkey(certificate, key);
  return certificate;
}

static void api(int count, const char *unused) {
  (void)unused;
  EVP_PKEY *authority = EVP_EC_gen("P-256");
  X509 *issuer = certificate_for(authority, NULL, "Greenhouse CA");
  X509V3_CTX own;
  X509V3_set_ctx(&own, issuer, issuer, NULL, NULL, 0);
  extend(issuer, &own, NID_subject_key_identifier, "hash");
  for (int made = 0; made < count; made++) {
    char name[32];
    sprintf(name, "esp32-%06d", made);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *leaf = certificate_for(key, X509_get_subject_name(issuer), name);
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, leaf, NULL, NULL, 0);
    extend(leaf, &context, NID_basic_constraints, "critical,CA:FALSE");
    extend(leaf, &context, NID_key_usage, "critical,digitalSignature");
    extend(leaf, &context, NID_ext_key_usage, "clientAuth");
    extend(leaf, &context, NID_subject_key_identifier, "hash");
    extend(leaf, &context, NID_authority_key_identifier, "keyid");
    X509_sign(leaf, authority, EVP_sha256());
    BIO *out = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(out, leaf);
    PEM_write_bio_PKCS8PrivateKey(out, key, NULL, NULL, 0, NULL, NULL);
    BIO_free(out);
    X509_free(leaf);
    EVP_PKEY_free(key);
  }
  X509_free(issuer);
  EVP_PKEY_free(authority);
}

static const struct {
  const char *name;
  void (*work)(int count, const char *path);
  /* Done before the clock runs: these are fast after a while, and the others leave files. */
  int warm_up;
} ways[] = {
    {"limit", limit, 1}, {"api", api, 1},       {"archive", archive, 0},
    {"folders", folders, 0}, {"hashes", hashes, 1},
};

int main(int words, char **word) {
  int count = words > 2 ? atoi(word[2]) : 0;
  for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
    if (count == 0 || strcmp(word[1], ways[way].name) != 0) continue;
    if (ways[way].warm_up) ways[way].work(count / 10, NULL);
    double begun = seconds();
    ways[way].work(count, words > 3 ? word[3] : NULL);
    printf("%f\n", count / (seconds() - begun));
    return 0;
  }
  return 64;
}
