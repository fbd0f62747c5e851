/* Mbed TLS as a client that proves itself, and as a judge of chains. */
#include "question.h"
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/oid.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crl.h>
#include <mbedtls/x509_crt.h>

static char reason[512];

static const char *because(const char *what, int code) {
    char text[256] = "";
    mbedtls_strerror(code, text, sizeof text);
    snprintf(reason, sizeof reason, "%s: %s", what, text);
    return reason;
}

static const char *because_of_flags(uint32_t flags) {
    mbedtls_x509_crt_verify_info(reason, sizeof reason, "", flags);
    for (char *at = reason; *at != 0; at++)
        if (*at == '\n') *at = at[1] == 0 ? 0 : ';';
    return reason;
}

static const char *judge(const struct question *asked) {
    mbedtls_x509_crt anchors, chain;
    mbedtls_x509_crl revoked;
    uint32_t flags = 0;
    const char *why = NULL;
    int code;
    mbedtls_x509_crt_init(&anchors);
    mbedtls_x509_crt_init(&chain);
    mbedtls_x509_crl_init(&revoked);
    if ((code = mbedtls_x509_crt_parse_file(&anchors, asked->anchors)) != 0) why = because("anchors", code);
    else if ((code = mbedtls_x509_crt_parse_file(&chain, asked->chain)) != 0) why = because("certificate", code);
    else if (is_given(asked->revoked) && (code = mbedtls_x509_crl_parse_file(&revoked, asked->revoked)) != 0)
        why = because("revocation list", code);
    else if (mbedtls_x509_crt_verify(&chain, &anchors, is_given(asked->revoked) ? &revoked : NULL, NULL,
                                     &flags, NULL, NULL) != 0)
        why = because_of_flags(flags);
    else if (is_about_client(asked) &&
             mbedtls_x509_crt_check_extended_key_usage(&chain, MBEDTLS_OID_CLIENT_AUTH,
                                                       MBEDTLS_OID_SIZE(MBEDTLS_OID_CLIENT_AUTH)) != 0)
        why = "not for clients";
    else if (!is_about_client(asked) &&
             mbedtls_x509_crt_check_key_usage(&chain, MBEDTLS_X509_KU_KEY_CERT_SIGN) != 0)
        why = "may not sign certificates";
    mbedtls_x509_crt_free(&anchors);
    mbedtls_x509_crt_free(&chain);
    mbedtls_x509_crl_free(&revoked);
    return why;
}

static const char *shake(const struct question *asked) {
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_x509_crt anchors, own;
    mbedtls_pk_context key;
    mbedtls_ssl_config config;
    mbedtls_ssl_context tls;
    mbedtls_net_context net;
    unsigned char heard[64];
    const char *why = NULL;
    uint32_t flags;
    int code;
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&random);
    mbedtls_x509_crt_init(&anchors);
    mbedtls_x509_crt_init(&own);
    mbedtls_pk_init(&key);
    mbedtls_ssl_config_init(&config);
    mbedtls_ssl_init(&tls);
    net.fd = dial(asked->port);
    mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0);
    mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random);
    mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_REQUIRED);
    if ((code = mbedtls_x509_crt_parse_file(&anchors, asked->anchors)) != 0) why = because("anchors", code);
    else if ((code = mbedtls_x509_crt_parse_file(&own, asked->chain)) != 0) why = because("own certificate", code);
    else if ((code = mbedtls_pk_parse_keyfile(&key, asked->key, NULL)) != 0) why = because("own key", code);
    else {
        mbedtls_ssl_conf_ca_chain(&config, &anchors, NULL);
        mbedtls_ssl_conf_own_cert(&config, &own, &key);
        mbedtls_ssl_setup(&tls, &config);
        mbedtls_ssl_set_hostname(&tls, asked->name);
        mbedtls_ssl_set_bio(&tls, &net, mbedtls_net_send, mbedtls_net_recv, NULL);
        code = mbedtls_ssl_handshake(&tls);
        if (code == 0) code = mbedtls_ssl_read(&tls, heard, sizeof heard);
        flags = mbedtls_ssl_get_verify_result(&tls);
        if (flags != 0 && flags != (uint32_t)-1) why = because_of_flags(flags);
        else if (code < 0) why = because("handshake", code);
        else why = why_not_greeted((char *)heard, code);
    }
    mbedtls_net_free(&net);
    mbedtls_ssl_free(&tls);
    mbedtls_ssl_config_free(&config);
    mbedtls_pk_free(&key);
    mbedtls_x509_crt_free(&own);
    mbedtls_x509_crt_free(&anchors);
    mbedtls_ctr_drbg_free(&random);
    mbedtls_entropy_free(&entropy);
    return why;
}

static const char *check(const struct question *asked) { return is_handshake(asked) ? shake(asked) : judge(asked); }

static const char *library_version(void) {
    static char version[32];
    mbedtls_version_get_string(version);
    return version;
}
