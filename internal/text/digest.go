package text

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
)

// Digest is "sha256:hex" of some bytes.
func Digest[T string | []byte](b T) string {
	sum := sha256.Sum256([]byte(b))
	return named(sum[:])
}

// DigestOf is "sha256:hex" of what was written to a SHA-256 hash.
func DigestOf(h hash.Hash) string { return named(h.Sum(nil)) }

// DigestJSON is "sha256:hex" of v as JSON. It panics when v is not plain data, which JSON can always hold.
func DigestJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("text: a %T is no plain data: %v", v, err))
	}
	return Digest(b)
}

func named(sum []byte) string { return "sha256:" + hex.EncodeToString(sum) }
