package secrets

import "strings"

// provider says where the secrets of one provider are made invalid and renewed.
type provider struct{ prefix, name, rotate string }

// providers are known by the beginning of a format's name. The first that fits counts.
var providers = []provider{
	{
		prefix: "github-app", name: "GitHub",
		rotate: "Installation tokens end within the hour; find out what wrote it here, and renew the App's private " +
			"key if that is what leaked.",
	},
	{
		prefix: "github", name: "GitHub",
		rotate: "Delete the token under Settings, Developer settings, Personal access tokens (or Applications), read " +
			"the security log, and make a new one with fewer rights.",
	},
	{
		prefix: "gitlab", name: "GitLab",
		rotate: "Revoke the token where it was made (user, group or project settings, Access tokens; CI/CD, Runners " +
			"for a runner's) and make a new one.",
	},
	{
		prefix: "bitbucket", name: "Bitbucket",
		rotate: "Remove the app password or OAuth consumer in the workspace's settings and make a new one.",
	},
	{
		prefix: "aws-amazon-bedrock", name: "Amazon Bedrock",
		rotate: "Delete the API key in the Bedrock console or under the IAM user, and make a new one.",
	},
	{
		prefix: "aws", name: "AWS",
		rotate: "In IAM make a second access key, move its users over, set this one inactive and delete it; then " +
			"search CloudTrail for its id.",
	},
	{
		prefix: "gcp", name: "Google Cloud",
		rotate: "Under APIs & Services, Credentials, make a new key with restrictions, move its users over, and " +
			"delete this one.",
	},
	{
		prefix: "azure", name: "Microsoft Entra ID",
		rotate: "In the app registration's Certificates & secrets add a new secret, move its users over, and delete " +
			"this one; then read the sign-in log.",
	},
	{
		prefix: "alibaba", name: "Alibaba Cloud",
		rotate: "In RAM make a new AccessKey pair, move its users over, disable this one and delete it.",
	},
	{
		prefix: "digitalocean", name: "DigitalOcean",
		rotate: "Delete the token under API, Tokens, and make a new one with the scopes that are needed.",
	},
	{
		prefix: "heroku", name: "Heroku",
		rotate: "Revoke the authorization (`heroku authorizations:revoke`) or regenerate the account's API key.",
	},
	{
		prefix: "cloudflare", name: "Cloudflare",
		rotate: "Roll the key or token under My Profile, API Tokens.",
	},
	{
		prefix: "fastly", name: "Fastly",
		rotate: "Revoke the token under Account, API tokens, and make a new one.",
	},
	{
		prefix: "netlify", name: "Netlify",
		rotate: "Delete the token under User settings, Applications, and make a new one.",
	},
	{
		prefix: "flyio", name: "Fly.io",
		rotate: "Revoke it with `fly tokens revoke` and make a new one for the one app that needs it.",
	},
	{
		prefix: "slack-webhook", name: "Slack",
		rotate: "Remove the incoming webhook from the app's configuration and add a new one.",
	},
	{
		prefix: "slack", name: "Slack",
		rotate: "Revoke the token (`auth.revoke`, or the app's OAuth page), install the app again, and read the " +
			"access log.",
	},
	{
		prefix: "discord", name: "Discord",
		rotate: "Reset the token or client secret in the Developer Portal.",
	},
	{
		prefix: "telegram", name: "Telegram",
		rotate: "Send /revoke to @BotFather and take the new token.",
	},
	{
		prefix: "twilio", name: "Twilio",
		rotate: "Delete the API key in the Console and make a new one; if it was the auth token, promote the " +
			"secondary one.",
	},
	{
		prefix: "sendgrid", name: "SendGrid",
		rotate: "Delete the key under Settings, API Keys, make a new one with fewer scopes, and look at what was " +
			"sent.",
	},
	{
		prefix: "mailgun", name: "Mailgun",
		rotate: "Delete the key under API Security and make a new one.",
	},
	{
		prefix: "mailchimp", name: "Mailchimp",
		rotate: "Revoke the key under Account, Extras, API keys, and make a new one.",
	},
	{
		prefix: "stripe", name: "Stripe",
		rotate: "Roll the key under Developers, API keys, with immediate expiry, and look through the request log.",
	},
	{
		prefix: "square", name: "Square",
		rotate: "Replace the access token in the Developer Dashboard's credentials.",
	},
	{
		prefix: "shopify", name: "Shopify",
		rotate: "Uninstall the custom app or rotate its client secret, and install it again for a new token.",
	},
	{
		prefix: "openai", name: "OpenAI",
		rotate: "Delete the key under API keys of the project, make a new one, and look at the usage.",
	},
	{
		prefix: "anthropic", name: "Anthropic",
		rotate: "Disable the key in the Console's API keys, make a new one, and look at the usage.",
	},
	{
		prefix: "huggingface", name: "Hugging Face",
		rotate: "Invalidate the token under Settings, Access Tokens.",
	},
	{
		prefix: "cohere", name: "Cohere",
		rotate: "Delete the key in the dashboard's API keys and make a new one.",
	},
	{
		prefix: "npm", name: "npm",
		rotate: "Run `npm token revoke`, make a granular token, and look at what was published since.",
	},
	{
		prefix: "pypi", name: "PyPI",
		rotate: "Remove the token under Account settings, API tokens, look at what was published since, and prefer " +
			"trusted publishing.",
	},
	{
		prefix: "rubygems", name: "RubyGems",
		rotate: "Delete the key under Settings, API keys, and look at what was pushed since.",
	},
	{
		prefix: "clojars", name: "Clojars",
		rotate: "Disable the deploy token under Deploy Tokens and make a new one.",
	},
	{
		prefix: "nuget", name: "NuGet",
		rotate: "Change the password or key at the feed and keep it outside of nuget.config.",
	},
	{
		prefix: "artifactory", name: "Artifactory",
		rotate: "Revoke the key or token in the platform's administration and make a new one.",
	},
	{
		prefix: "jfrog", name: "Artifactory",
		rotate: "Revoke the key or token in the platform's administration and make a new one.",
	},
	{
		prefix: "hashicorp", name: "HashiCorp",
		rotate: "Delete the token in HCP Terraform's user or team settings; change the password where the " +
			"configuration set it.",
	},
	{
		prefix: "vault", name: "HashiCorp Vault",
		rotate: "Run `vault token revoke` with its accessor, and read the audit log.",
	},
	{
		prefix: "databricks", name: "Databricks",
		rotate: "Revoke the token under User settings, Developer, Access tokens.",
	},
	{
		prefix: "datadog", name: "Datadog",
		rotate: "Revoke the key under Organization settings, API or Application keys.",
	},
	{
		prefix: "grafana", name: "Grafana",
		rotate: "Delete the token under Service accounts (or Cloud access policies) and add a new one.",
	},
	{
		prefix: "new-relic", name: "New Relic",
		rotate: "Delete the key under API keys and make a new one.",
	},
	{
		prefix: "sentry", name: "Sentry",
		rotate: "Revoke the token under Settings, Auth Tokens.",
	},
	{
		prefix: "sonar", name: "SonarQube",
		rotate: "Revoke the token under My Account, Security.",
	},
	{
		prefix: "snyk", name: "Snyk",
		rotate: "Revoke and regenerate the token in the account's settings.",
	},
	{
		prefix: "linear", name: "Linear",
		rotate: "Revoke the key under Settings, API.",
	},
	{
		prefix: "notion", name: "Notion",
		rotate: "Refresh the integration's secret under My integrations.",
	},
	{
		prefix: "okta", name: "Okta",
		rotate: "Revoke the token under Security, API, Tokens, and read the system log.",
	},
	{
		prefix: "pulumi", name: "Pulumi",
		rotate: "Delete the token under Access Tokens.",
	},
	{
		prefix: "postman", name: "Postman",
		rotate: "Delete the key under Settings, API keys.",
	},
	{
		prefix: "atlassian", name: "Atlassian",
		rotate: "Revoke the token under Account settings, Security, API tokens.",
	},
	{
		prefix: "dropbox", name: "Dropbox",
		rotate: "Revoke the token in the App Console and make the users consent again.",
	},
	{
		prefix: "private-key", name: "",
		rotate: "Make a new key pair, put the new public key wherever the old one was trusted, remove the old one " +
			"there, and revoke its certificate if there is one.",
	},
	{
		prefix: "age-secret-key", name: "",
		rotate: "Make a new age identity and encrypt again, for it alone, whatever the old one could read.",
	},
	{
		prefix: "jwt", name: "",
		rotate: "End the session or token at its issuer; if it never expires, renew the key that signs.",
	},
	{
		prefix: "kubernetes", name: "",
		rotate: "Change the value at its source, apply the new Secret, and keep it out of the repository (sealed or " +
			"external secrets).",
	},
}

// general is what to do about a secret of which no more is known.
const general = "Make it invalid where it was given out, make a new one, and look there for uses that nobody can explain."

// rotation says who gives out a format, and how it is renewed.
func rotation(format string) (name, rotate string) {
	for _, p := range providers {
		if strings.HasPrefix(format, p.prefix) {
			return p.name, p.rotate
		}
	}
	return "", general
}
