package secretscan

import (
	"sync"
	"testing"
	"time"
)

// TestScannerFreesItsRules: the rules are freed after a while without use, and are back with the next one.
func TestScannerFreesItsRules(t *testing.T) {
	t.Parallel()
	s := New(time.Millisecond)
	release, gone := s.release, make(chan struct{})
	var once sync.Once
	s.release = func() { release(); once.Do(func() { close(gone) }) }
	secret := "ghp_" + "x7Kq2Vw9Lz4Rt8Yb3Nc6Md1Pf5Hg0J3F4CbO"
	session := s.Session()
	for range 2 {
		if got, _, err := session.Redact("a", secret); err != nil || got != "<SECRET_1>" {
			t.Fatalf("%q, %v", got, err)
		}
		<-gone
	}
}
