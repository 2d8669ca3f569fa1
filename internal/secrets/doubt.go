package secrets

import (
	"encoding/base64"
	"encoding/json"
	"hash/crc32"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// doubt says why a match cannot be a secret that its provider gave out, although it has the form of one; empty when
// nothing speaks against it. Ahead is some of the text before it, behind the text that follows.
func (r *rule) doubt(secret, ahead, behind string) string {
	switch {
	case r.id == "private-key":
		return doubtKey(secret)
	case r.id == "jwt":
		return doubtToken(secret)
	case r.id == "sourcegraph-access-token" && !strings.HasPrefix(secret, "sgp_"):
		return "it has the form of any commit's id"
	case strings.HasPrefix(secret, azurite):
		return "it is the key of Azure's emulator, which everybody has"
	case !r.specific && (publicPart(secret) || publicKey.MatchString(ahead)):
		return "it is the public part of a key"
	case !r.specific && strings.HasPrefix(secret, "phc_"):
		return "it is the key of a PostHog project, which its pages show to everybody"
	case r.id == "gcp-api-key" && (firebaseAhead.MatchString(ahead) || firebaseBehind.MatchString(behind)):
		return "it is the key of a Firebase project, which its apps show to everybody"
	case r.id == "generic-api-key" && strings.HasSuffix(ahead, " h1:") && len(secret) == moduleSum:
		return "it is the checksum of a module"
	case r.id == "generic-api-key" && known.MatchString(secret):
		return "it is the address of an account, or a token of Datadog for pages, which everybody may know"
	case r.id == "generic-api-key" && (nameBefore.MatchString(behind) || otherName.MatchString(secret)):
		return "it is the name of another value"
	case checksummed[r.id] && !hasChecksum(secret, behind):
		return "its checksum is wrong"
	case placeholder(secret):
		return "it is a placeholder"
	}
	return ""
}

// A value of the line before may seem to be what stands on the next one: "tag = <key>", and then "other = 1", or a
// target of make and "OTHER_NAME=1". Packed code holds a private name beside one of a credential, and zones of time
// beside one of a country that ends in "key".
var (
	nameBefore = lazyregexp.New(`^[ \t]+:?=[^=]`)
	otherName  = lazyregexp.New(
		`^[A-Z][A-Z0-9]*_[A-Z0-9_]*=[^=]|^_[a-z]+(?:[A-Z][a-z]+)+\d{0,3}$|^[A-Z][a-z]+(?:/[A-Z][A-Za-z_]+){1,2}$`,
	)
)

// moduleSum is how long a checksum of a Go module is: 32 bytes in base64.
const moduleSum = 44

// azurite begins the key that Azure's storage emulator has on every machine
// (https://learn.microsoft.com/azure/storage/common/storage-connect-azurite).
const azurite = "Eby8vdM02xNOcqFlqUwJPLlmEtlCD"

// publicParts begin certificates and public keys in base64: PEM once more, and the ASN.1 of Ed25519, RSA and elliptic curves.
var publicParts = lazyregexp.New(
	`(?:^|[\s:"'=])(?:LS0tLS1CRUdJTiBDRVJU|LS0tLS1CRUdJTiBQVUJM|MCowBQYDK2V|MIIBIjANBgkq|MFkwEwYHKoZI|ssh-(?:rsa|ed25519) )`,
)

// publicKey stands before a key whose type says that it is public, as blockchains of Cosmos write them.
var publicKey = lazyregexp.New(`PubKey",\s*"key"\s*:\s*"$`)

// Firebase gives each app such a key in a file of its own form, and says that it is no secret
// (https://firebase.google.com/docs/projects/api-keys).
var (
	firebaseAhead  = lazyregexp.New(`"current_key":\s*"$`)
	firebaseBehind = lazyregexp.New(`^["'],\s*["']?(?:authDomain["']?\s*:|appId["']?\s*:\s*["']1:\d+:)`)
)

// known are addresses of Ethereum, and the tokens that Datadog calls client tokens
// (https://docs.datadoghq.com/account_management/api-app-keys/).
var known = lazyregexp.New(`^0x[0-9A-Fa-f]{40}$|^pub[0-9a-f]{32}$`)

func publicPart(secret string) bool { return publicParts.MatchString(secret) }

// checksummed are the formats whose last six characters are a checksum of the thirty before. GitHub says so of these
// alone (https://github.blog/engineering/behind-githubs-new-authentication-token-formats/); of github_pat_ it does not.
var checksummed = map[string]bool{
	"github-app-token": true, "github-oauth": true, "github-pat": true, "github-refresh-token": true, "npm-access-token": true,
}

const (
	base62     = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	sumLength  = 6
	bodyLength = 30
)

// hasChecksum reports whether a token ends in its checksum. One that goes on is of another length, of which nothing is known.
func hasChecksum(secret, behind string) bool {
	return otherLength(secret, behind) || endsInChecksum(secret)
}

func otherLength(secret, behind string) bool {
	_, body, _ := strings.Cut(secret, "_")
	return len(body) != bodyLength+sumLength || behind != "" && strings.IndexByte(base62, behind[0]) >= 0
}

func endsInChecksum(secret string) bool {
	_, body, _ := strings.Cut(secret, "_")
	return checksum(body[:bodyLength]) == body[bodyLength:]
}

// proven reports whether a match ends in its provider's checksum.
func (r *rule) proven(secret, behind string) bool {
	return checksummed[r.id] && !otherLength(secret, behind) && endsInChecksum(secret)
}

// checksum is CRC-32 in base62, filled up with zeros.
func checksum(body string) string {
	var out [sumLength]byte
	n := crc32.ChecksumIEEE([]byte(body))
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = base62[n%62]
		n /= 62
	}
	return string(out[:])
}

// Seven characters that are equal, or follow one another in the alphabet, are in one of twenty thousand random tokens.
const longRun = 7

// standIns are words of those who write an example. One of five thousand random tokens has one.
var standIns = []string{
	"example", "sample", "dummy", "fake", "placeholder", "changeme", "replaceme", "redacted", "notreal", "foobar", "your",
}

// placeholder reports whether somebody typed a secret to show its form.
func placeholder(secret string) bool {
	lower := asciiLower(secret)
	for _, w := range standIns {
		if strings.Contains(lower, w) {
			return true
		}
	}
	same, up := 1, 1
	for i := 1; i < len(lower); i++ {
		// The letters A are zeros in base64, and part of some formats.
		same = grown(same, secret[i] == secret[i-1] && wordChar(lower[i]) && secret[i] != 'A')
		if up = grown(up, follows(lower[i-1], lower[i])); same == longRun || up == longRun {
			return true
		}
	}
	return false
}

func wordChar(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

// forTests reports whether a provider gives out such a key for its test mode alone, where nothing is of worth.
func (r *rule) forTests(secret string) bool {
	switch {
	case strings.HasPrefix(r.id, "flutterwave-"), r.id == "easypost-test-api-token":
		return true
	case r.id == "stripe-access-token":
		return strings.Contains(secret, "_test_")
	}
	return false
}

func grown(run int, more bool) int {
	if more {
		return run + 1
	}
	return 1
}

func follows(a, b byte) bool {
	return b == a+1 && (b > 'a' && b <= 'z' || b > '0' && b <= '9') || a == '9' && b == '0'
}

// doubtToken looks into a JSON Web Token: two JSON objects and a signature.
func doubtToken(secret string) string {
	parts := strings.Split(secret, ".")
	if len(parts) != 3 {
		return ""
	}
	var header struct {
		Alg string `json:"alg"`
	}
	var claims map[string]any
	if decodeJSON(parts[0], &header) != nil || decodeJSON(parts[1], &claims) != nil || header.Alg == "" {
		return "it does not decode"
	}
	if claims["name"] == "John Doe" || claims["sub"] == "1234567890" {
		return "it is the example that everybody shows"
	}
	if claims["iss"] == "supabase" && claims["role"] == "anon" {
		return "it is the key of a Supabase project, which its pages show to everybody"
	}
	return ""
}

func decodeJSON(part string, into any) error {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// Of the body of a key: stretches of base64, those that are long enough to be a line of it, and the least that a key has.
var (
	keyText   = lazyregexp.New(`[A-Za-z0-9+/]+={0,2}`)
	lineBreak = strings.NewReplacer(`\r`, "\n", `\n`, "\n")
)

// sigstore is the kind of the keys that cosign writes, always encrypted (https://docs.sigstore.dev/cosign/key_management/).
var sigstore = lazyregexp.New(`^BEGIN ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY$`)

const (
	shortestLine = 16
	shortestKey  = 64
)

// doubtKey looks into a private key: a body in base64 that begins as its kind does.
func doubtKey(block string) string {
	kind, body, _ := strings.Cut(strings.TrimLeft(block, "-"), "-----")
	body, _, _ = strings.Cut(body, "-----")
	total, begins := 0, false
	locked := strings.Contains(body, "Proc-Type") || !der(kind)
	for line := range strings.Lines(lineBreak.Replace(body)) {
		if strings.Contains(line, ":") {
			continue // a header
		}
		for _, run := range keyText.FindAllString(line, -1) {
			total += len(run)
			begins = begins || len(run) >= shortestLine && startsKey(kind, run)
		}
	}
	switch {
	case total < shortestKey, placeholderKey(body):
		return "it holds no key"
	case sigstore.MatchString(kind):
		return "it is locked by a passphrase, as Sigstore makes such keys to be kept beside the code"
	case !begins && !locked:
		return "its body does not begin like a key"
	}
	return ""
}

// der reports whether a key of a kind is ASN.1 or OpenSSH's own form, whose beginnings are known.
func der(kind string) bool {
	kind = strings.ToUpper(strings.TrimSpace(kind))
	switch strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(kind, "BEGIN"), "PRIVATE KEY")) {
	case "", "RSA", "EC", "DSA", "ENCRYPTED", "OPENSSH":
		return true
	}
	return false
}

// startsKey reports whether a line is the first of a key: ASN.1 begins with a sequence, OpenSSH's form with its name.
func startsKey(kind, line string) bool {
	if strings.Contains(strings.ToUpper(kind), "OPENSSH") {
		return strings.HasPrefix(line, "b3BlbnNzaC1rZXktdjE")
	}
	return line[0] == 'M' && line[1] >= 'A' && line[1] <= 'P'
}

// placeholderKey reports whether the body of a key was left out.
func placeholderKey(body string) bool {
	return strings.Contains(body, "...") || strings.Contains(body, "…")
}

// asciiLower is a text in lower case, of the same length whatever letters it has.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
