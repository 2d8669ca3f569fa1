package checkworker

import (
	"testing"
	"time"
)

// TestAnnounced: workers with different versions of a tool do not take turns; a version that was replaced, or of a worker
// that is gone, is not looked for.
func TestAnnounced(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	var all []announcement
	say := func(digest, before string, news bool) {
		t.Helper()
		next, changed := saying(all, digest, before, now)
		if changed != news {
			t.Errorf("%s after %q: news %v", digest, before, changed)
		}
		all = next
	}
	want := func(digest string) {
		t.Helper()
		if got := chosen(all, now); got != digest {
			t.Errorf("%q of %v, want %q", got, all, digest)
		}
	}
	want("")
	say("b", "", true)
	say("a", "", true)
	want("a")
	say("b", "b", false)
	want("a") // not the one that spoke last
	say("c", "a", true)
	want("b")
	now = now.Add(sayAgain)
	say("c", "c", true)
	now = now.Add(announcedFor - sayAgain + time.Second)
	want("c") // who said b is gone
	now = now.Add(announcedFor)
	want("c") // nobody speaks: the last word
	say("d", "", true)
	if want("d"); len(all) != 1 {
		t.Errorf("%v", all)
	}
	if digests("sha256:of an older version") != nil || digests("") != nil {
		t.Error("what cannot be read is something")
	}
}
