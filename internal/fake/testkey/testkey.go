// Package testkey is one RSA key for all tests, since making a key takes a tenth of a second and more under the race detector.
// It opens nothing: it was made for this folder and is public.
package testkey

import (
	"crypto/rsa"
	"crypto/x509"
	_ "embed"
	"encoding/pem"
	"sync"
)

// text is a PKCS #1 key of 2048 bits. Its PEM type says TESTING where real keys say PRIVATE, as the tests of the standard
// library do, so that secret scanners pass it over. New ones come from: openssl genrsa -traditional 2048
//
//go:embed testdata/rsa.pem
var text []byte

// RSA is the key. All callers share it and must not change it.
var RSA = sync.OnceValue(func() *rsa.PrivateKey {
	block, _ := pem.Decode(text)
	if block == nil {
		panic("testdata/rsa.pem is no PEM file")
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		panic("testdata/rsa.pem: " + err.Error())
	}
	return key
})
