//go:build race && !amd64.v3

package text

import (
	"math/bits"
	"math/rand/v2"
	"testing"
)

// ones is in popcount_linux_amd64.s.
func ones(word uint64) int

func TestOnes(t *testing.T) {
	words := []uint64{0, 1, 1 << 63, ^uint64(0), 0xff00ff00ff00ff00, 0x5555555555555555}
	seeded := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		words = append(words, seeded.Uint64()&seeded.Uint64(), seeded.Uint64())
	}
	for _, word := range words {
		if got, want := ones(word), bits.OnesCount64(word); got != want {
			t.Fatalf("%#x has %d ones, want %d", word, got, want)
		}
	}
}
