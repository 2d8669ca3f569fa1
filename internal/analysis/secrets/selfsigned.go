package secrets

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"strings"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	matcher "github.com/lintel-review/lintel/internal/secrets"
)

// Bounds of the certificates that are read, and of one of them and of a key in bytes.
const (
	maxCertificates = 64
	maxPEM          = 32 << 10
)

const beginCertificate = "-----BEGIN CERTIFICATE-----"

var (
	pemText   = lazyregexp.New(`[A-Za-z0-9+/]{2,}={0,2}|[A-Za-z0-9/]=*`)
	pemBreaks = strings.NewReplacer(`\r`, "\n", `\n`, "\n")
)

// selfSigned are the public keys of the certificates in the added lines of a change that vouch for themselves. Nobody
// trusts such a certificate who was not given it, so its key opens nothing elsewhere: servers have one while they are
// developed. One that is there to sign others is no such certificate: an organisation's authority vouches for itself, too,
// and every machine that trusts it trusts what its key signs.
func selfSigned(files []diff.File) (keys [][]byte) {
	read := 0
	for _, f := range files {
		for _, h := range f.Hunks {
			for i, l := range h.Lines {
				if l.Op != diff.Add || !strings.Contains(l.Text, beginCertificate) {
					continue
				}
				if read++; read > maxCertificates {
					return keys
				}
				if c, err := x509.ParseCertificate(decoded(blockOf(h.Lines[i:]), beginCertificate)); err == nil &&
					bytes.Equal(c.RawIssuer, c.RawSubject) && c.KeyUsage&x509.KeyUsageCertSign == 0 {
					keys = append(keys, c.RawSubjectPublicKeyInfo)
				}
			}
		}
	}
	return keys
}

// blockOf is a block from its first line to its end, or to where it is too long.
func blockOf(lines []diff.Line) string {
	var b strings.Builder
	for _, l := range lines {
		if l.Op == diff.Delete {
			continue
		}
		b.WriteString(l.Text + "\n")
		if strings.Contains(l.Text, endKey) || b.Len() > maxPEM {
			break
		}
	}
	return b.String()
}

// decoded are the bytes of the block that begins with a mark, whatever quotes and spaces stand around its lines.
func decoded(text, mark string) []byte {
	_, body, _ := strings.Cut(text, mark)
	body, _, ok := strings.Cut(body, "-----")
	if !ok || len(body) > maxPEM {
		return nil
	}
	raw, err := base64.RawStdEncoding.DecodeString(
		strings.ReplaceAll(strings.Join(pemText.FindAllString(pemBreaks.Replace(body), -1), ""), "=", ""))
	if err != nil {
		return nil
	}
	return raw
}

// vouchesForItself reports whether a finding is the key of a certificate that the change adds with it, and that only
// vouches for itself.
func (a *analysis) vouchesForItself(f matcher.Finding) bool {
	if f.Rule != "private-key" || len(a.selfSigned) == 0 {
		return false
	}
	begin, _, ok := strings.Cut(strings.TrimLeft(f.Secret, "-"), "-----")
	if !ok {
		return false
	}
	raw := decoded(f.Secret, begin+"-----")
	for _, parse := range []func([]byte) (any, error){
		x509.ParsePKCS8PrivateKey,
		func(b []byte) (any, error) { return x509.ParsePKCS1PrivateKey(b) },
		func(b []byte) (any, error) { return x509.ParseECPrivateKey(b) },
	} {
		key, err := parse(raw)
		signer, is := key.(crypto.Signer)
		if err != nil || !is {
			continue
		}
		public, err := x509.MarshalPKIXPublicKey(signer.Public())
		if err != nil {
			return false
		}
		for _, k := range a.selfSigned {
			if bytes.Equal(k, public) {
				return true
			}
		}
	}
	return false
}
