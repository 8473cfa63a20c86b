"""A database connection that encrypts, but does not check whom it talks to.

## Why it matters
`rejectUnauthorized: false` accepts any certificate. Whoever can get between the application and the database (a
proxy, DNS, the network of a cloud) presents one of his own, and reads the password and every row. The encryption
looks right in every log.

## When it is fine
On a private network that is encrypted and authenticated by itself, TLS inside it adds little, but then leave TLS out
rather than pretend. A setting that only development uses is not reported.

## What to do
On Railway, connect over the private network (`DATABASE_URL`, `postgres.railway.internal`): its traffic runs through
WireGuard tunnels between the services of one environment, and needs no `ssl` option. The public proxy
(`DATABASE_PUBLIC_URL`, `*.proxy.rlwy.net`) crosses the internet, and Railway's PostgreSQL image makes its own
certificate authority, which no system trusts: give that one as `ca` (it lies in the database's volume,
`certs/root.crt`). Its certificate names `localhost` and the private host but not the proxy, so that only there the
host name cannot be checked; the pinned authority signs nothing but that server. Elsewhere, download the provider's CA
certificate and give it as `ca`. Remove `sslmode` from the URL: in node-postgres it replaces the `ssl` object.

## Sources
- Node.js documentation, "tls.connect", options `rejectUnauthorized`, `ca` and `checkServerIdentity`
- node-postgres documentation, "SSL", sections "Self-signed cert" and "Usage with connectionString"
- PostgreSQL documentation, "SSL Support", section "Client Verification of Server Certificates"
- Railway documentation, "Private Networking" (WireGuard); railwayapp-templates/postgres-ssl, `init-ssl.sh` (the
  certificates)
"""

from collections.abc import Iterator

from advisor.model import ClientConfig
from advisor.remedies import RewriteCode
from advisor.rule import Finding, Severity, rule, typescript

BAD = [
    typescript("""
        import { Pool } from 'pg';
        export const pool = new Pool({
          connectionString: process.env.DATABASE_URL,
          ssl: { rejectUnauthorized: false },
        });
    """),
    typescript("""
        import Redis from 'ioredis';
        export const redis = new Redis(process.env.REDIS_URL!, { tls: { rejectUnauthorized: false } });
    """),
    typescript("""
        import { Pool } from 'pg';
        process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
        export const pool = new Pool({ connectionString: process.env.DATABASE_URL, ssl: true });
    """),
]
GOOD = [
    typescript("""
        import { readFileSync } from 'node:fs';
        import { Pool } from 'pg';
        export const pool = new Pool({
          connectionString: process.env.DATABASE_URL,
          ssl: { ca: readFileSync('certs/root.crt', 'utf8') },
        });
    """),
    typescript("""
        import { Pool } from 'pg';
        export const pool = new Pool({ connectionString: process.env.DATABASE_URL }); // the private network
    """),
    typescript("""
        import { Pool } from 'pg';
        export const pool = new Pool({
          ssl: process.env.NODE_ENV === 'production' ? { rejectUnauthorized: true } : { rejectUnauthorized: false },
        });
    """),
]

PROCESS_WIDE = """\
// leave NODE_TLS_REJECT_UNAUTHORIZED out: it switches verification off for every client of the process.
// To trust one more authority, start the process with
//   NODE_EXTRA_CA_CERTS=certs/root.crt node server.js"""


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def tls_verification_disabled(client: ClientConfig) -> Iterator[Finding]:
    by_url = client.ssl_mode == "no-verify"
    if client.scope.role != "application" or client.only_in_development or not (client.rejects_unauthorized is False or by_url):
        return
    setting = "sslmode=no-verify" if by_url else "rejectUnauthorized: false"
    setting = f"{client.constructor}=0" if client.library == "node" else setting
    yield Finding(
        at=client.rejects_unauthorized_location or client.location,
        subject=f"{client.constructor} in {client.location.path}",
        message=f"{setting} accepts any certificate: whoever stands between reads the password and the data",
        remedy=RewriteCode("Verify the server's certificate", client.location, verified(client)),
    )


def verified(client: ClientConfig) -> str:
    if client.library == "node":
        return PROCESS_WIDE
    redis = client.library in ("ioredis", "redis")
    option, host = ("tls", "redis.railway.internal") if redis else ("ssl", "postgres.railway.internal")
    return (
        f"// on Railway's private network ({host}): leave `{option}` out, the network itself is encrypted\n"
        "// anywhere else: trust the server's own authority, and nothing else\n"
        f"{option}: {{\n"
        "  ca: readFileSync('certs/root.crt', 'utf8'),\n"
        "  // only for Railway's public proxy, whose name is not in the certificate:\n"
        "  // checkServerIdentity: () => undefined,\n"
        "},"
    )
