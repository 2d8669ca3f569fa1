package secrets

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/settings"
)

// certificate is that of a key, in PEM; without an issuer it vouches for itself.
func certificate(t *testing.T, key crypto.Signer, issuer *x509.Certificate, by crypto.Signer) string {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}}
	if issuer == nil {
		issuer, by = c, key
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, issuer, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
}

func elliptical(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestKeysOfCertificatesThatVouchForThemselves: the key of a development server does not block with its certificate beside
// it, and no other certificate lets a key through.
func TestKeysOfCertificatesThatVouchForThemselves(t *testing.T) {
	key, other := elliptical(t), elliptical(t)
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8 := func(k any) string {
		raw, err := x509.MarshalPKCS8PrivateKey(k)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE" + " KEY", Bytes: raw}))
	}
	ec, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	sec1 := string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE" + " KEY", Bytes: ec}))
	pkcs1 := string(
		pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE" + " KEY", Bytes: x509.MarshalPKCS1PrivateKey(weak)}),
	)
	authority := &x509.Certificate{Subject: pkix.Name{CommonName: "an authority"}}
	lines := func(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }
	in := func(path string, text ...string) diff.File { return added(path, 5, text...) }
	own := certificate(t, key, nil, nil)
	root := *authority
	root.SerialNumber, root.IsCA, root.BasicConstraintsValid, root.KeyUsage = big.NewInt(1), true, true, x509.KeyUsageCertSign
	raw, err := x509.CreateCertificate(rand.Reader, &root, &root, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	signs := in("c.pem", lines(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})))...)
	quoted := func(pem string) (out []string) {
		for _, l := range lines(pem) {
			out = append(out, `    "`+l+`\n" +`)
		}
		return out
	}
	removed := added("tls/cert.pem", 5, lines(own)...)
	for i := range removed.Hunks[0].Lines {
		removed.Hunks[0].Lines[i].Op = diff.Delete
	}
	theirs := in("tls/key.pem", lines(pkcs8(key))...)
	signed := in("c.pem", lines(certificate(t, key, authority, other))...)
	broken := in("c.pem", beginCertificate, "MIIB", "-----END CERTIFICATE-----")
	for name, c := range map[string]struct {
		files   []diff.File
		fixture bool
	}{
		"with its certificate":           {[]diff.File{theirs, in("tls/cert.pem", lines(own)...)}, true},
		"in the form of elliptic curves": {[]diff.File{in("k.pem", lines(sec1)...), in("c.pem", lines(own)...)}, true},
		"in the form of RSA": {
			[]diff.File{in("k.pem", lines(pkcs1)...), in("c.pem", lines(certificate(t, weak, nil, nil))...)}, true,
		},
		"in a program": {[]diff.File{in("a.swift", append(quoted(own), quoted(pkcs8(key))...)...)}, true},
		"alone":        {[]diff.File{theirs}, false},
		"with the certificate of another key": {
			[]diff.File{in("k.pem", lines(pkcs8(other))...), in("c.pem", lines(own)...)}, false,
		},
		"with a certificate of an authority":          {[]diff.File{theirs, signed}, false},
		"with the certificate of an authority itself": {[]diff.File{theirs, signs}, false},
		"with a certificate that goes":                {[]diff.File{theirs, removed}, false},
		"with a certificate that cannot be parsed":    {[]diff.File{theirs, broken}, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := Analyse(snapshot(c.files...), settings.Secrets{}).Facts
			if len(f.Fixtures) != map[bool]int{true: 1}[c.fixture] ||
				len(f.Found) != map[bool]int{false: 1}[c.fixture] {
				t.Errorf("found %d, fixtures %d, doubted %+v", len(f.Found), len(f.Fixtures), f.Doubted)
			}
		})
	}
}

// TestTokensInTests: what a test or a document shows as a token does not block, unless it proves itself.
func TestTokensInTests(t *testing.T) {
	slack := "xox" + "b-4093847561-2938475610-hGq2Zp8LwTn5Rk7Vd3Ys"
	for path, want := range map[string]string{
		"docs/setup.md": "github-pat", "x/a_test.go": "github-pat", "vendor/a/b.go": "github-pat",
		"src/a.go": "github-pat slack-bot-token", ".env.example": "github-pat slack-bot-token",
		"api/.env.sample": "github-pat slack-bot-token", "examples/.env": "github-pat", "settings.example.ini": "github-pat",
	} {
		f := Analyse(snapshot(added(path, 5, "t = "+slack, "u = "+pat)), settings.Secrets{}).Facts
		var got []string
		for _, x := range f.Found {
			got = append(got, x.Format)
		}
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%s: found %v, want %s; fixtures %+v", path, got, want, f.Fixtures)
		}
	}
}
