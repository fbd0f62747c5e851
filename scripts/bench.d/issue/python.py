"""P-256 keys and certificates by Python's cryptography, in memory, in PEM: certificates a second."""

import datetime
import sys
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

authority = ec.generate_private_key(ec.SECP256R1())
issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Greenhouse CA")])
start = datetime.datetime(2026, 1, 1)
end = datetime.datetime(2027, 1, 1)
usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
authority_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())


def make(index):
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"esp32-{index}")]))
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(purpose, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(authority_id, critical=False)
        .sign(authority, hashes.SHA256())
    )
    certificate.public_bytes(serialization.Encoding.PEM)
    key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


count = int(sys.argv[1])
for index in range(count // 10):
    make(index)
begun = time.monotonic()
for index in range(count):
    make(index)
print(count / (time.monotonic() - begun))
