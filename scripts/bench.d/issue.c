/* The limit of issuing: P-256 keys and certificates by OpenSSL in C, in memory, in PEM.
 *   issue limit N   key, sign, and the rest spliced into a TBSCertificate that is there already
 *   issue api N     the same through OpenSSL's own X509 functions
 * Prints certificates a second. Built by scripts/bench issue; see PERFORMANCE of each in the README. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { tbs_bytes = 390, serial_at = 15, point_at = 190, key_id_at = 330, point_bytes = 65 };

static char sink[4096];

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

static void limit(EVP_PKEY *authority, int count) {
  unsigned char tbs[tbs_bytes] = {0x30, 0x82}, whole[600] = {0x30, 0x82}, pkcs8[138] = {0x30};
  unsigned char scalar[32];
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  for (int made = 0; made < count; made++) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIGNUM *number = NULL;
    size_t length = 0, signature = 80;
    EVP_PKEY_get_bn_param(key, "priv", &number);
    BN_bn2binpad(number, scalar, sizeof scalar);
    EVP_PKEY_get_octet_string_param(key, "pub", tbs + point_at, point_bytes, &length);
    RAND_bytes(tbs + serial_at, 16);
    SHA1(tbs + point_at, point_bytes, tbs + key_id_at);
    memcpy(pkcs8 + 36, scalar, sizeof scalar);
    memcpy(pkcs8 + 73, tbs + point_at, point_bytes);
    EVP_MD_CTX_reset(context);
    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, authority);
    memcpy(whole + 4, tbs, sizeof tbs);
    EVP_DigestSign(context, whole + 4 + sizeof tbs + 15, &signature, tbs, sizeof tbs);
    int used = pem(sink, "CERTIFICATE", whole, 4 + sizeof tbs + 15 + (int)signature);
    pem(sink + used, "PRIVATE KEY", pkcs8, sizeof pkcs8);
    BN_clear_free(number);
    EVP_PKEY_free(key);
  }
  EVP_MD_CTX_free(context);
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

static void api(EVP_PKEY *authority, int count) {
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
}

int main(int words, char **word) {
  if (words != 3) return 64;
  int count = atoi(word[2]);
  EVP_PKEY *authority = EVP_EC_gen("P-256");
  void (*make)(EVP_PKEY *, int) = strcmp(word[1], "limit") == 0 ? limit : api;
  make(authority, count / 10);
  double begun = seconds();
  make(authority, count);
  printf("%f\n", count / (seconds() - begun));
  EVP_PKEY_free(authority);
  return 0;
}
