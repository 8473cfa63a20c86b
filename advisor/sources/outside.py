"""Packages whose calls leave the process: what each is for, and which of its functions stay at home."""

from __future__ import annotations

import re
from collections.abc import Mapping

from advisor.model import OutsideKind

GLOBAL = "global"
"""The module of what is in scope everywhere (`fetch`)."""

NAMES: Mapping[OutsideKind, str] = {
    "request": """
        global axios got ky node-fetch undici cross-fetch superagent needle ofetch wretch isomorphic-fetch @nestjs/axios
        graphql-request openai @anthropic-ai/sdk ai @google/generative-ai cohere-ai replicate @octokit/rest octokit twilio
        @slack/web-api googleapis firebase-admin @elastic/elasticsearch algoliasearch meilisearch typesense
        @pinecone-database/pinecone""",
    "payment": """
        stripe braintree square razorpay plaid @paddle/paddle-node-sdk @lemonsqueezy/lemonsqueezy.js @mollie/api-client
        @paypal/checkout-server-sdk""",
    "mail": """
        resend nodemailer postmark mailgun.js node-mailjet @sendgrid/mail @aws-sdk/client-ses @aws-sdk/client-sesv2
        @nestjs-modules/mailer @mailchimp/mailchimp_transactional""",
    "queue": """
        bullmq bull bee-queue amqplib kafkajs inngest nats pusher ably @nestjs/bull @nestjs/bullmq @aws-sdk/client-sqs
        @aws-sdk/client-sns @aws-sdk/client-eventbridge @upstash/qstash @google-cloud/pubsub @google-cloud/tasks
        @azure/service-bus @trigger.dev/sdk @trigger.dev/sdk/v3 @temporalio/client""",
    "storage": """
        minio cloudinary uploadthing/server @aws-sdk/client-s3 @google-cloud/storage @azure/storage-blob @vercel/blob""",
    "file": "fs node:fs fs/promises node:fs/promises fs-extra",
    "process": "child_process node:child_process execa zx",
}
PACKAGES: Mapping[str, OutsideKind] = {package: kind for kind, names in NAMES.items() for package in names.split()}

PREPARES = re.compile(r"^(?:create|define|exists|access|l?stat|parse)|^getSignedUrl$")
CHECKS = re.compile(r"^(?:construct|verify|validate|is(?=[A-Z]))")


def kind_of_package(module: str) -> OutsideKind | None:
    """What a package is for whose calls leave the process; None for all others."""
    return PACKAGES.get(module)


def stays_at_home(members: tuple[str, ...]) -> bool:
    """Whether a function of such a package goes nowhere, or for no time: `axios.create`, `stripe.webhooks.constructEvent`.

    `members` is what is taken out of the package; `stripe.customers.create` is no `create` of the package itself.
    """
    name = members[-1] if members else ""
    return CHECKS.match(name) is not None or (len(members) < 2 and PREPARES.match(name) is not None)
