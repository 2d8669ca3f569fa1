package github_test

import (
	"strings"
	"testing"
	"time"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// TestTellOnce: a key is told once, whoever copies its marker; another one is told beside it.
func TestTellOnce(t *testing.T) {
	s := newWatched(t, fakehub.Options{})
	n, _ := s.topic(t, "topic", fakehub.Files{"pay/x.go": "x\n"})
	ref := s.record(n).Ref
	since := time.Now().Add(-time.Hour)
	tell := func(key string) {
		t.Helper()
		must(t, s.forge.TellOnce(t.Context(), ref, key, "A week.", since))
	}
	bodies := func() (all []string) {
		view, err := s.hub.Pull("acme/shop", n)
		must(t, err)
		for _, c := range view.Comments {
			all = append(all, c.Body)
		}
		return all
	}
	tell("aa")
	tell("aa")
	all := bodies()
	if len(all) != 1 || !strings.HasPrefix(all[0], "A week.\n\n<!-- weekly ") {
		t.Fatalf("%q", all)
	}
	// Somebody copies the next week's marker in advance.
	_, err := s.hub.Comment("acme/shop", n, "wendy", strings.ReplaceAll(all[0], "YWE", "YmI"))
	must(t, err)
	tell("bb")
	if all = bodies(); len(all) != 3 {
		t.Errorf("%q", all)
	}
}
