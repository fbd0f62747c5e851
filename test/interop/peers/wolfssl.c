/* wolfSSL as a client that proves itself, and as a judge of chains. */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <wolfssl/version.h>
#include <wolfssl/wolfcrypt/asn.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include "question.h"

static const char *because(const char *what, int code) {
    static char reason[256];
    char text[WOLFSSL_MAX_ERROR_SZ] = "";
    wolfSSL_ERR_error_string((unsigned long)code, text);
    snprintf(reason, sizeof reason, "%s: %s", what, text);
    return reason;
}

/* The certificate manager looks at no purpose, and its X509 object knows no Ed25519: so by its decoder. */
static int is_for_clients(const char *path) {
    static unsigned char der[text_bytes];
    DecodedCert certificate;
    size_t size;
    char *text = read_file(path, &size);
    int count = wc_CertPemToDer((unsigned char *)text, (int)size, der, sizeof der, CERT_TYPE), is_for;
    if (count <= 0) return 0;
    wc_InitDecodedCert(&certificate, der, (word32)count, NULL);
    is_for = wc_ParseCert(&certificate, CERT_TYPE, NO_VERIFY, NULL) == 0 &&
             (certificate.extExtKeyUsage & EXTKEYUSE_CLIENT_AUTH) != 0;
    wc_FreeDecodedCert(&certificate);
    return is_for;
}

static const char *judge(const struct question *asked) {
    WOLFSSL_CERT_MANAGER *manager = wolfSSL_CertManagerNew();
    const char *why = NULL;
    size_t size;
    char *text;
    int code = wolfSSL_CertManagerLoadCA(manager, asked->anchors, NULL);
    if (code != WOLFSSL_SUCCESS) why = because("anchors", code);
    if (why == NULL && is_given(asked->revoked)) {
        text = read_file(asked->revoked, &size);
        code = wolfSSL_CertManagerEnableCRL(manager, WOLFSSL_CRL_CHECK);
        if (code == WOLFSSL_SUCCESS)
            code = wolfSSL_CertManagerLoadCRLBuffer(manager, (unsigned char *)text, (long)size, WOLFSSL_FILETYPE_PEM);
        if (code != WOLFSSL_SUCCESS) why = because("revocation list", code);
    }
    if (why == NULL) {
        code = wolfSSL_CertManagerVerify(manager, asked->chain, WOLFSSL_FILETYPE_PEM);
        if (code != WOLFSSL_SUCCESS) why = because("certificate", code);
        else if (is_about_client(asked) && !is_for_clients(asked->chain)) why = "not for clients";
    }
    wolfSSL_CertManagerFree(manager);
    return why;
}

/* It compares addresses as text, an IPv6 one with all its digits. */
static void expect_address(WOLFSSL *tls, const char *address) {
    WOLFSSL_X509_VERIFY_PARAM *wanted = wolfSSL_get0_param(tls);
    unsigned char bytes[16];
    char text[64] = "";
    if (inet_pton(AF_INET6, address, bytes) == 1) {
        for (int at = 0; at < 16; at += 2)
            sprintf(text + strlen(text), "%s%02X%02X", at == 0 ? "" : ":", bytes[at], bytes[at + 1]);
        address = text;
    }
    wolfSSL_X509_VERIFY_PARAM_set1_ip_asc(wanted, address);
}

static const char *talk(WOLFSSL *tls, const struct question *asked) {
    char heard[64];
    int is_address = strspn(asked->name, "0123456789.") == strlen(asked->name) || strchr(asked->name, ':') != NULL;
    int code;
    if (is_address) expect_address(tls, asked->name);
    else wolfSSL_check_domain_name(tls, asked->name);
    code = wolfSSL_connect(tls);
    if (code != WOLFSSL_SUCCESS) return because("handshake", wolfSSL_get_error(tls, code));
    code = wolfSSL_read(tls, heard, sizeof heard);
    if (code <= 0) return because("reading", wolfSSL_get_error(tls, code));
    return why_not_greeted(heard, code);
}

static const char *shake(const struct question *asked) {
    WOLFSSL_CTX *context = wolfSSL_CTX_new(wolfSSLv23_client_method());
    WOLFSSL *tls;
    const char *why = NULL;
    int fd, code;
    wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_PEER, NULL);
    if ((code = wolfSSL_CTX_load_verify_locations(context, asked->anchors, NULL)) != WOLFSSL_SUCCESS)
        why = because("anchors", code);
    else if ((code = wolfSSL_CTX_use_certificate_chain_file(context, asked->chain)) != WOLFSSL_SUCCESS)
        why = because("own certificate", code);
    else if ((code = wolfSSL_CTX_use_PrivateKey_file(context, asked->key, WOLFSSL_FILETYPE_PEM)) != WOLFSSL_SUCCESS)
        why = because("own key", code);
    else {
        fd = dial(asked->port);
        tls = wolfSSL_new(context);
        wolfSSL_set_fd(tls, fd);
        why = talk(tls, asked);
        wolfSSL_free(tls);
        close(fd);
    }
    wolfSSL_CTX_free(context);
    return why;
}

static const char *check(const struct question *asked) { return is_handshake(asked) ? shake(asked) : judge(asked); }

static const char *library_version(void) { return wolfSSL_lib_version(); }
