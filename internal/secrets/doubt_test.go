package secrets

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
)

// Vectors of the checksum that others computed: the first is of GitHub's own announcement.
func TestChecksum(t *testing.T) {
	for body, want := range map[string]string{
		"zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ": "0mLq17",
		"aB7cD8eF9gH0jK1mN2pQ3rS4tU5vW6": "2M5jQM",
		"abcdefgh12345678903ZZZZZZZZZZZ": "0p5S0Y",
	} {
		if got := checksum(body); got != want {
			t.Errorf("%s: got %s, want %s", body, got, want)
		}
	}
}

const body = "x7Qm2Vb9Kd4Rt8Yw3Zc6Nf1Lp5Hs0J"

// web makes a web token of a header and claims.
func web(header, claims string) string {
	enc := base64.RawURLEncoding
	return enc.EncodeToString(
		[]byte(header),
	) + "." + enc.EncodeToString(
		[]byte(claims),
	) + "." + enc.EncodeToString(
		[]byte(body),
	)
}

// block puts a body between the lines of a private key of a kind.
func block(kind, body string) string {
	return fmt.Sprintf(
		"%[1]sBEGIN %[2]sPRIVATE KEY%[1]s\n%[3]s\n%[1]sEND %[2]sPRIVATE KEY%[1]s\n",
		"-----",
		kind,
		body,
	)
}

var google = "AI" + "zaSyQ7z2Vb9Kd4Rt8Yw3Zc6Nf1Lp5Hs0Jx7Qm"

const firebase = "it is the key of a Firebase project, which its apps show to everybody"

const ethereum = "it is the address of an account, or a token of Datadog for pages, which everybody may know"

func TestDoubt(t *testing.T) {
	filler := strings.Repeat("Q7zKm2Vb9Kd4Rt8Y", 8)
	for name, c := range map[string]struct{ text, want string }{
		"a wrong checksum":      {"ghp_" + body + "2qrMod", "its checksum is wrong"},
		"a changed letter":      {"gho_" + strings.Replace(body, "Q", "R", 1) + "2qrMoc", "its checksum is wrong"},
		"of npm":                {"npm_" + body + "2qrMod", "its checksum is wrong"},
		"of another length":     {"ghp_" + body + "2qrModX", ""},
		"a token of fine grain": {"github_pat_" + body[:22] + "_" + strings.Repeat(body, 2)[:59], ""},
		"letters in order": {
			"github_pat_" + body[:22] + "_abcdefgh" + strings.Repeat(body, 2)[:51], "it is a placeholder"},
		"one letter again and again":              {"glpat-" + "xxxxxxxxQ7z2Vb9Kd4Rt", "it is a placeholder"},
		"an example's word":                       {"glpat-" + "Q7z2Vb9KExample4Rt8Y", "it is a placeholder"},
		"a Firebase app of Android":               {"\"current_key\": \"" + google + "\"", firebase},
		"a Firebase app of the web":               {"apiKey: \"" + google + "\",\n  authDomain: \"x\"", firebase},
		"a Firebase app of Flutter":               {"apiKey: '" + google + "',\n  appId: '1:2:ios:3'", firebase},
		"a key of Google beside another app's id": {"apiKey: \"" + google + "\",\n  appId: \"shop\"", ""},
		"what only begins like a checksum":        {"github.com/nats-io/nkeys v0.4.4 h1:xvBJ8d69TznjcQl9t6Q5xXuVhyY", ""},
		"another key of Google":                   {"apiKey: \"" + google + "\",\n  model: \"x\"", ""},
		"a checksum of a module": {
			"github.com/nats-io/nkeys v0.4.4 h1:xvBJ8d69TznjcQl9t6//Q5xXuVhyYiSos6RPtvQNTwA=",
			"it is the checksum of a module"},
		"an address of Ethereum": {`baseToken: "0xba5Ed44733953d79717f6269357C77718C8Ba5ed"`, ethereum},
		"a key of Ethereum":      {`baseToken: "0xba5Ed44733953d79717f6269357C77718C8Ba5edba5Ed44733953d79717f6269"`, ""},
		"a token for pages":      {`CLIENT_TOKEN = "pub69b8a3dcb766e91b19c44cbcf0c3352e";`, ethereum},
		"a public key by its type": {
			"\"@type\": \"/cosmos.crypto.ed25519.PubKey\",\n  \"key\": \"m8qPvJYce/Ha6VHce1X4JnvP8PFUMCB/MY0sPjIIH6g=\"",
			"it is the public part of a key"},
		"a private key by its type": {
			"\"@type\": \"/cosmos.crypto.ed25519.PrivKey\",\n  \"key\": \"m8qPvJYce/Ha6VHce1X4JnvP8PFUMCB/MY0sPjIIH6g=\"",
			""},
		"the key of Supabase for pages": {web(`{"alg":"HS256","typ":"JWT"}`, `{"iss":"supabase","role":"anon"}`),
			"it is the key of a Supabase project, which its pages show to everybody"},
		"the key of Supabase for servers": {web(`{"alg":"HS256","typ":"JWT"}`, `{"iss":"supabase","role":"service_role"}`), ""},
		"a private name":                  {`"loadCredential","_handleMissingCreds2","x"`, "it is the name of another value"},
		"a zone of time":                  {`Turkey:"Europe/Istanbul",UCT:1`, "it is the name of another value"},
		"a private name and more":         {`api_key="_handleMissing7Qm2Vb9Kd4Rt8Yw3"`, ""},
		"a zone's form and more":          {`api_key="Europe/Istanbul7Qm2Vb9Kd4Rt8"`, ""},
		"figures of a name":               {`api_key = "0123456789kzX93hdQm1"`, "it is a placeholder"},
		"a public key": {`signing_key = "MCowBQYDK2VwAyEAQ7z2Vb9Kd4Rt8Yw3Zc6Nf1Lp5Hs0Jx7Qm2Vb9Kd4"`,
			"it is the public part of a key"},
		"a certificate": {"kind: Secret\ndata:\n  ca.crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUQ=\n",
			"it is the public part of a key"},
		"the id of a commit": {`sourcegraph/x = { rev = "ddd0a2b6f1c3e4958d7061b2c3d4e5f60718293a" }`,
			"it has the form of any commit's id"},
		"the key of an emulator": {`AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq"`,
			"it is the key of Azure's emulator, which everybody has"},
		"the project key of PostHog": {`POSTHOG_PROJECT_API_KEY = "phc_F8JMNj3kQm2Vb9Kd4Rt8Yw3Zc6Nf1Lp5Hs0J2qrMoc7Wx"`,
			"it is the key of a PostHog project, which its pages show to everybody"},
		"a target of make": {"valkey-store:\n\tCGO_ENABLED=0 $(GOCMD) build\n", "it is the name of another value"},
		"a name on the next line": {"OpenTag  = \"<arg_key>\"\n\tglm46ArgKeyCloseTag   = \"</arg_key>\"",
			"it is the name of another value"},
		"a value that ends its line": {"api_key = k9Xw2vT7pLm4Rz81aB6c\nother = 1", ""},
		"a value of base64":          {"API_KEY: QUJDREVGR0hJSktM_TU5PUFFSU1RVVldYWVo5OA==", ""},
		"a key of AWS":               {"id = AKIA" + "Y3FDZ7QKXWTJ4LPM\n", ""},
		"a web token":                {web(`{"alg":"HS256","typ":"JWT"}`, `{"sub":"4711","name":"Ann Other"}`), ""},
		"the example of a web token": {web(`{"alg":"HS256","typ":"JWT"}`, `{"sub":"1234567890","name":"John Doe"}`),
			"it is the example that everybody shows"},
		"a web token without a header": {web(`{"typ":"JWT","kid":"none"}`, `{"sub":"4711","name":"Ann Other"}`), "it does not decode"},
		"a key block of dots":          {block("RSA ", "MIIEpAIBAAKCAQEA"+filler+"\n..."), "it holds no key"},
		"a key block with a sentence":  {block("", strings.Repeat("put your key here ", 6)), "its body does not begin like a key"},
		"a key block of other bytes":   {block("RSA ", filler), "its body does not begin like a key"},
		"one of OpenSSH":               {block("OPENSSH ", "b3BlbnNzaC1rZXktdjEAAAAA"+filler), ""},
		"one of OpenSSH, not":          {block("OPENSSH ", "MIIEpAIBAAKCAQEA"+filler), "its body does not begin like a key"},
		"one under a password":         {block("RSA ", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,B0A1\n\n"+filler), ""},
		"one of Sigstore": {block("ENCRYPTED SIGSTORE ", filler+filler),
			"it is locked by a passphrase, as Sigstore makes such keys to be kept beside the code"},
		"one of PGP": {block("PGP ", "Version: 2\n\n"+filler), ""},
	} {
		t.Run(name, func(t *testing.T) {
			fs, err := shared.Find(c.text + "\n")
			if err != nil || len(fs) == 0 {
				t.Fatalf("found nothing: %v", err)
			}
			if fs[0].Doubt != c.want {
				t.Errorf("%s: got %q, want %q", fs[0].Rule, fs[0].Doubt, c.want)
			}
		})
	}
}

func TestKeysForTestsAreNotSpecific(t *testing.T) {
	for text, want := range map[string]bool{"sk_" + "live_" + body: true, "sk_" + "test_" + body: false} {
		fs, err := shared.Find("key = " + text + "\n")
		if err != nil || len(fs) != 1 || fs[0].Specific != want {
			t.Errorf("%s: %+v, %v", text, fs, err)
		}
	}
}

// keys are private keys as programs write them.
func keys(t *testing.T) (out []string) {
	t.Helper()
	add := func(kind string, der []byte, err error) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(pem.EncodeToMemory(&pem.Block{Type: kind + "PRIVATE KEY", Bytes: der})))
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	add("RSA ", x509.MarshalPKCS1PrivateKey(rsaKey), nil)
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P521()} {
		k, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalECPrivateKey(k)
		add("EC ", der, err)
	}
	_, small, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []any{rsaKey, small} {
		der, err := x509.MarshalPKCS8PrivateKey(k)
		add("", der, err)
	}
	return out
}

// written are the ways in which a file holds a key block or a token.
func written(secret string) map[string]string {
	lines := strings.Split(strings.TrimSuffix(secret, "\n"), "\n")
	return map[string]string{
		"as it is":        secret + "\n",
		"in JSON":         `{"key": "` + strings.Join(lines, `\n`) + "\"}\n",
		"in YAML":         "key: |\n    " + strings.Join(lines, "\n    ") + "\n",
		"in a comment":    "// " + strings.Join(lines, "\n// ") + "\n",
		"in base64":       "key: " + base64.StdEncoding.EncodeToString([]byte(secret+" ")) + "\n",
		"as one text":     "key = \"\"\"" + secret + "\"\"\"\n",
		"with line feeds": strings.Join(lines, "\r\n") + "\r\n",
		"as a constant":   "const k = \"" + strings.Join(lines, "\\n\" +\n\t\"") + "\\n\"\n",
	}
}

// What a provider gave out is found and not doubted, however a file holds it. Nothing here is a real secret: it is made
// by this test, with the checksums and the encodings that real ones have.
//
//race:unwatched
func TestValidSecretsAreNotDoubted(t *testing.T) {
	valid := keys(t)
	s := source{mathrand.New(mathrand.NewPCG(11, 28))}
	for _, prefix := range []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "npm_"} {
		for range 20 {
			var b strings.Builder
			for range bodyLength {
				b.WriteByte(base62[s.IntN(len(base62))])
			}
			valid = append(valid, prefix+b.String()+checksum(b.String()))
		}
	}
	n := 0
	for _, secret := range valid {
		for how, text := range written(secret) {
			n++
			fs, err := shared.Find(text)
			if err != nil || !slices.ContainsFunc(fs, func(f Finding) bool { return f.Specific && f.Doubt == "" }) {
				t.Errorf("%s: %.40q: %+v, %v", how, secret, fs, err)
			}
		}
	}
	t.Logf("%d texts with one of %d secrets", n, len(valid))
}

// Of random secrets of any other format, next to none looks made up.
//
//race:unwatched
func TestFewRandomSecretsAreDoubted(t *testing.T) {
	s := source{mathrand.New(mathrand.NewPCG(11, 29))}
	found, doubted := 0, 0
	theirs := oracle(t).Config.Rules
	for _, id := range slices.Sorted(maps.Keys(theirs)) {
		if checksummed[id] || id == "jwt" || id == "private-key" {
			continue
		}
		re, err := syntax.Parse(theirs[id].Regex.String(), syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		for range 40 {
			fs, err := shared.Find("value " + s.text(re) + " \n")
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range fs {
				if found++; f.Doubt != "" {
					doubted++
					t.Logf("%s: %s, %s", f.Rule, f.Secret, f.Doubt)
				}
			}
		}
	}
	if found < 3000 || doubted*500 > found {
		t.Errorf("%d of %d are doubted", doubted, found)
	}
}
