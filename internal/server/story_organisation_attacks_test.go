package server_test

import (
	"strings"
	"testing"
)

// ATTACK: take the floor away by deleting the repository that it is read from, and put another one in its place.
//
// WHAT MUST HOLD: the floor holds, and the check of the next change says why the file cannot be read; a new repository of
// that name brings its own file, as every push does.
//
//race:unwatched
func TestStoryOrganisationDeleted(t *testing.T) {
	t.Parallel()
	r, _ := organised(t, enforced, noSweeps)
	must(t, r.server.RefreshOrganisations(t.Context()))
	must(t, r.hub.DeleteRepo(home, "olga"))
	r.quiet()
	must(t, r.server.RefreshOrganisations(t.Context()))
	sha := r.unfinished("wip")
	r.shows(sha, "failure",
		"acme/.github:lintel.yml cannot be read (Lintel no longer sees the repository .github of acme); the version of")
	if st := r.state(); st.InForce == nil || st.Word() != "not read" {
		t.Errorf("after the deletion: %+v", st)
	}
}

// ATTACK: land files that no program should expand: a target that is an alias of itself, 5,000 targets, a megabyte.
//
// WHAT MUST HOLD: each is refused with what is wrong, and the floor of before holds.
//
//race:unwatched
func TestStoryOrganisationHostileFiles(t *testing.T) {
	t.Parallel()
	r, _ := organised(t, enforced, noSweeps)
	must(t, r.server.RefreshOrganisations(t.Context()))
	sha := r.unfinished("wip")
	r.run(sha, "failure")
	for name, text := range map[string]string{
		"an alias of itself": "version: 1\ntargets: &all\n  - *all\n",
		"5,000 targets":      "version: 1\ntargets:\n" + strings.Repeat("  - {topics: [a], floor: {commits: {mode: warn}}}\n", 5_000),
		"a megabyte":         "version: 1\n#" + strings.Repeat("x", 1<<20) + "\n",
	} {
		before := r.inForce()
		tip := settle(t, r.hub, text)
		r.quiet()
		// What may be a passing fault of the forge is worth no word twice: as often a sweep is quiet.
		for range 3 {
			must(t, r.server.RefreshOrganisations(t.Context()))
		}
		if got := r.inForce(); got != before || got == tip {
			t.Errorf("%s: the version of %s holds, want %s", name, got, before)
		}
		if st := r.state(); len(st.Problems) == 0 && st.Unread == "" {
			t.Errorf("%s: nothing says what is wrong: %+v", name, st)
		}
	}
	r.run(sha, "failure")
}
