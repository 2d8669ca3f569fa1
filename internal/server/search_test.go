package server

import (
	"sync"
	"testing"
	"time"
)

// TestSearchLetsGo: the rules go when nobody needed them for a while, and are back when somebody does.
func TestSearchLetsGo(t *testing.T) {
	t.Parallel()
	s := newSearch(time.Millisecond)
	let, gone := s.release, make(chan struct{})
	var once sync.Once
	s.release = func() { let(); once.Do(func() { close(gone) }) }
	secret := "ghp_" + "x7Kq2Vw9Lz4Rt8Yb3Nc6Md1Pf5Hg0JsQaWe2"
	session := s.session()
	for range 2 {
		if got, _, err := session.Redact("a", secret); err != nil || got != "<SECRET_1>" {
			t.Fatalf("%q, %v", got, err)
		}
		<-gone
	}
}
