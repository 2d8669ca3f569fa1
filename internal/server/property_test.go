package server_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/server"
)

var (
	propertySeed = flag.Uint64("seed", 0, "replay one sequence of the property test; 0 runs -sequences of them, beginning at seed 1")
	propertyRuns = flag.Uint64("sequences", 2, "how many sequences the property test runs")
)

// TestVerdictAfterAnyLossOfDeliveries lets developers work while deliveries are permuted, repeated, delayed and lost, sweeps once, and
// compares every open pull request with what a server that has never seen anything says.
// Replay a failure with: go test ./internal/server -run TestVerdictAfterAnyLossOfDeliveries -seed N
//
// Attack by deliveries lost, repeated, out of order: A verdict about an outdated state: Lintel trusts nothing in a
// payload; a sweep compares the forge with the record.
func TestVerdictAfterAnyLossOfDeliveries(t *testing.T) {
	t.Parallel()
	first, last := uint64(1), *propertyRuns
	if *propertySeed != 0 {
		first, last = *propertySeed, *propertySeed
	}
	playSequences(t, first, last)
}

// TestVerdictAfterOtherLosses is the same of two more sequences.
//
//race:unwatched
func TestVerdictAfterOtherLosses(t *testing.T) {
	t.Parallel()
	playSequences(t, 3, 4)
}

func playSequences(t *testing.T, first, last uint64) {
	for seed := first; seed <= last; seed++ {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			s := newSequence(t, seed)
			s.play()
			s.judge()
		})
	}
}

// sequence is one random story. Everything but the moments at which looks happen follows from the seed.
type sequence struct {
	*rig
	random  *rand.Rand
	told    []string
	heads   []string
	counter int
	people  bool
	reviews map[int][]int64
	install int64
	// behind is how far the forge's clock is behind ours. With it every action has a second of its own, so that a sweep cannot find
	// everything just because it happened in the second of the last reading.
	behind atomic.Int64
	late   atomic.Bool
}

const (
	actions = 30
	spacing = int64(time.Second)
)

func newSequence(t *testing.T, seed uint64) *sequence {
	s := &sequence{random: rand.New(rand.NewPCG(seed, 7)), reviews: map[int][]int64{}}
	spaced := s.random.IntN(4) != 0
	s.people = s.random.IntN(2) == 0
	if spaced {
		s.behind.Store((actions + 14) * spacing)
	}
	hub := world(t, fakehub.Options{Workers: 3, Now: func() time.Time { return time.Now().Add(-time.Duration(s.behind.Load())) }})
	must(t, hub.AddTeam(
		fakehub.Team{Org: "acme", Slug: "core", Members: map[string]string{"olga": "maintainer"}, Repos: map[string]string{shop: "push"}}))
	commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "release",
			From:    "main",
			Author:  "olga",
			Message: "chore: branch off",
			Files:   fakehub.Files{"VERSION": "1\n"},
		})
	s.rig = start(t, hub, t.TempDir(), func(_ *config.Config, o *server.Options) {
		o.MemberAge = time.Millisecond
		if s.people {
			o.TeamAge = time.Millisecond
		}
	})
	var err error
	s.install, err = hub.Install("acme")
	must(t, err)
	s.quiet()
	hub.Webhooks().SetFate(s.fate(seed))
	return s
}

// fate loses, repeats, delays and holds deliveries.
func (s *sequence) fate(seed uint64) func(hooklog.Event) hooklog.Fate {
	chance := rand.New(rand.NewPCG(seed, 11))
	var mu sync.Mutex
	return func(hooklog.Event) hooklog.Fate {
		mu.Lock()
		defer mu.Unlock()
		switch n := chance.IntN(100); {
		case n < 20, n < 60 && s.late.Load():
			return hooklog.Fate{Lose: true}
		case n < 25:
			return hooklog.Fate{Fail: true}
		case n < 35:
			return hooklog.Fate{Copies: 1 + chance.IntN(2)}
		case n < 50:
			return hooklog.Fate{Delay: time.Duration(chance.IntN(60)) * time.Millisecond}
		case n < 60:
			return hooklog.Fate{Hold: true}
		}
		return hooklog.Fate{}
	}
}

func (s *sequence) tell(format string, args ...any) {
	s.told = append(s.told, fmt.Sprintf(format, args...))
	if left := s.behind.Load(); left >= spacing {
		s.behind.Store(left - spacing)
	}
}

func pick[T any](s *sequence, list []T) T { return list[s.random.IntN(len(list))] }

func (s *sequence) play() {
	for range 4 {
		s.push(fmt.Sprintf("topic-%d", len(s.heads)), false)
	}
	for _, h := range s.heads {
		s.open(h)
	}
	for i := range actions {
		s.late.Store(i >= actions*2/3) // much is lost in the end, so that the sweep has something to find
		s.act()
		if s.random.IntN(3) == 0 {
			s.settle()
		}
	}
	held := s.hub.Webhooks().Held()
	order := s.random.Perm(len(held))
	s.hub.Webhooks().SetFate(func(hooklog.Event) hooklog.Fate { return hooklog.Fate{Lose: true} })
	s.hub.Webhooks().Release(order[:len(order)*3/4]...)
	s.quiet()
}

// settle waits until the server has done what it knows of; deliveries may still be under way.
func (s *sequence) settle() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	must(s.t, s.server.WaitIdle(ctx))
}

// did reports whether the forge took an action; one that makes no sense now is left out.
func (s *sequence) did(err error, format string, args ...any) bool {
	if err != nil {
		return false
	}
	s.tell(format, args...)
	return true
}

func (s *sequence) push(branch string, force bool) {
	s.counter++
	message := pick(s, []string{"feat: change %d", "fix(cart): mend %d", "Changed %d.", "WIP %d", "docs: tell %d"})
	c := fakehub.Commit{Branch: branch, Author: pick(s, []string{"wendy", "rita"}), Message: fmt.Sprintf(message, s.counter),
		Files: fakehub.Files{pick(s, []string{"cart/%d.go", "pay/%d.go", "core/%d.go", "docs/%d.md"}): ""}}
	for name := range c.Files {
		delete(c.Files, name)
		c.Files[fmt.Sprintf(name, s.random.IntN(5))] = fmt.Sprintf("text %d\n", s.counter)
	}
	if force {
		c.Force, c.Parents = true, []string{s.hub.Tip(shop, "main")}
	}
	if !slices.Contains(s.heads, branch) {
		s.heads = append(s.heads, branch)
		c.From = "main"
	}
	sha, err := s.hub.Commit(shop, c)
	must(s.t, err)
	s.tell("push %s to %s (force %v): %q", change.Short(sha), branch, force, c.Message)
}

func (s *sequence) open(head string) {
	base := pick(s, []string{"main", "main", "release", "topic-0"})
	n, err := s.hub.OpenPull(shop,
		fakehub.Pull{Head: head, Base: base, Title: pick(s, titles), Author: "wendy", Draft: s.random.IntN(5) == 0})
	s.did(err, "open #%d from %s into %s", n, head, base)
}

var titles = []string{"feat: a title", "A title", "fix(pay): another title", "Another."}

var settingsFiles = []string{
	"version: 1\ncommits: { mode: enforce }\nownership: { mode: enforce }\nsize: { mode: warn }\n",
	"version: 1\ncommits: { mode: warn }\nownership: { mode: enforce }\n",
	"version: 1\ncommits: { mode: \"off\" }\nownership: { mode: warn }\nsize: { mode: enforce, fail_over: 3 }\n",
	"version: 1\ncommits: { mode: enforce, mistake: 1 }\n",
}

var ownersFiles = []string{"/pay/ @mika\n", "/pay/ @mika\n/core/ @acme/core\n", "* @olga\n", "/pay/ @acme/core @rita\n"}

func (s *sequence) act() {
	open := s.hub.Pulls(shop)
	n := 0
	if len(open) > 0 {
		n = pick(s, open)
	}
	switch s.random.IntN(21) {
	case 0, 1:
		s.push(pick(s, s.heads), false)
	case 2:
		s.push(pick(s, s.heads), true)
	case 3, 18, 19:
		s.open(pick(s, s.heads))
	case 4:
		title := pick(s, titles)
		s.did(s.hub.EditPull(shop, n, fakehub.Edit{Title: &title}, "wendy"), "title of #%d: %s", n, title)
	case 5:
		base := pick(s, []string{"main", "release", "topic-0"})
		s.did(s.hub.EditPull(shop, n, fakehub.Edit{Base: &base}, "wendy"), "base of #%d: %s", n, base)
	case 6, 7, 8:
		who, state := pick(s, []string{"mika", "olga", "rita"}), pick(s, []string{"APPROVE", "APPROVE", "REQUEST_CHANGES", "COMMENT"})
		id, err := s.hub.Review(shop, n, fakehub.Review{Author: who, State: state, Body: "Read."})
		if s.did(err, "review of #%d by %s: %s", n, who, state) {
			s.reviews[n] = append(s.reviews[n], id)
		}
	case 9:
		if ids := s.reviews[n]; len(ids) > 0 {
			id := pick(s, ids)
			s.did(s.hub.DismissReview(shop, n, id, "stale", "olga"), "dismiss review %d of #%d", id, n)
		}
	case 10:
		draft := s.random.IntN(2) == 0
		s.did(s.hub.SetDraft(shop, n, draft, "wendy"), "#%d is a draft: %v", n, draft)
	case 11, 20:
		s.did(s.hub.ClosePull(shop, n, "wendy"), "close #%d", n)
	case 12:
		if n := s.closed(open); n > 0 {
			s.did(s.hub.ReopenPull(shop, n, "wendy"), "reopen #%d", n)
		}
	case 13:
		s.control(".github/lintel.yml", settingsFiles)
	case 14:
		s.control("CODEOWNERS", ownersFiles)
	case 15:
		m := fakehub.MergeSettings{Squash: true, Merge: s.random.IntN(2) == 0, SquashTitle: "PR_TITLE", SquashMessage: "PR_BODY"}
		s.did(s.hub.SetMerge(shop, m), "merge settings: merge commits %v", m.Merge)
	case 16:
		var p *fakehub.Protection
		if s.random.IntN(2) == 0 {
			p = &fakehub.Protection{Reviews: 1, Ruleset: s.random.IntN(2) == 0}
		}
		s.did(s.hub.Protect(shop, "release", p), "release is protected: %v", p != nil)
	case 17:
		s.person()
	}
}

// closed picks a pull request that is closed; 0 when there is none.
func (s *sequence) closed(open []int) int {
	var closed []int
	for n := 1; ; n++ {
		if _, err := s.hub.Pull(shop, n); err != nil {
			break
		}
		if !slices.Contains(open, n) {
			closed = append(closed, n)
		}
	}
	if len(closed) == 0 {
		return 0
	}
	return pick(s, closed)
}

func (s *sequence) control(path string, versions []string) {
	branch, text := pick(s, []string{"main", "main", "release"}), pick(s, versions)
	s.counter++
	text += fmt.Sprintf("# %d\n", s.random.IntN(2))
	_, err := s.hub.Commit(shop,
		fakehub.Commit{
			Branch:  branch,
			Author:  "olga",
			Message: fmt.Sprintf("chore: rules %d", s.counter),
			Files:   fakehub.Files{path: text},
		})
	s.did(err, "%s on %s: %q", path, branch, text)
}

func (s *sequence) person() {
	if !s.people {
		return
	}
	switch s.random.IntN(2) {
	case 0:
		role := pick(s, []string{"member", ""})
		s.did(s.hub.SetTeamMember("acme", "core", "mika", role, "olga"), "mika in core: %q", role)
	case 1:
		permission := pick(s, []string{"write", "read"})
		s.did(s.hub.SetCollaborator(shop, "mika", permission, "olga"), "mika may %s", permission)
	}
}

// shown is what stands on a pull request's head for people to see.
type shown struct{ head, conclusion, title, summary, text, comment string }

var pageLink = regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+/[^\s)]*`)

func (s *sequence) shown(n int) shown {
	pull, err := s.hub.Pull(shop, n)
	must(s.t, err)
	out := shown{head: pull.HeadSHA}
	if runs := s.runs(pull.HeadSHA); len(runs) > 0 {
		run := runs[len(runs)-1]
		out.conclusion, out.title = run.Status+" "+run.Conclusion, run.Title
		out.summary, out.text = pageLink.ReplaceAllString(run.Summary, "PAGE"), pageLink.ReplaceAllString(run.Text, "PAGE")
	}
	comments := 0
	for _, c := range pull.Comments {
		if strings.HasSuffix(c.Author, "[bot]") {
			comments++
			out.comment, _, _ = strings.Cut(pageLink.ReplaceAllString(c.Body, "PAGE"), "<!-- lintel")
		}
	}
	if comments > 1 {
		s.t.Errorf("#%d has %d comments of ours", n, comments)
	}
	return out
}

// judge sweeps once, and compares with a server that begins with nothing.
func (s *sequence) judge() {
	t, ctx := s.t, context.Background()
	must(t, s.server.Sweep(ctx))
	s.quiet()
	open := s.hub.Pulls(shop)
	swept := map[int]shown{}
	for _, n := range open {
		swept[n] = s.shown(n)
	}
	s.stop()
	fresh := start(t, s.hub, t.TempDir(), nil)
	_, err := fresh.server.Accept(ctx,
		change.Event{
			Kind:       change.Installed,
			Forge:      change.GitHub,
			Delivery:   "fresh",
			Name:       "installation",
			Action:     "created",
			Connection: s.install,
		})
	must(t, err)
	fresh.awaitLooks(len(open))
	fresh.quiet()
	shared := map[string]int{}
	for _, s := range swept {
		shared[s.head]++
	}
	wrong := false
	for _, n := range open {
		want := s.shown(n)
		got := swept[n]
		if !strings.Contains(want.comment, "problem") {
			want.comment, got.comment = "", "" // a server that knows of no comment has none to clear
		}
		if shared[want.head] > 1 {
			// The check speaks for several pull requests: its conclusion follows from all, its words from the one that was looked at last.
			want, got = shown{head: want.head, conclusion: want.conclusion, comment: want.comment},
				shown{head: got.head, conclusion: got.conclusion, comment: got.comment}
		}
		if got != want {
			wrong = true
			t.Errorf("#%d after one sweep:\n%+v\na clean look says:\n%+v", n, got, want)
		}
	}
	if wrong {
		t.Logf("people %v; what happened:\n%s", s.people, strings.Join(s.told, "\n"))
	}
}

// awaitLooks waits until so many looks have ended without trouble.
func (r *rig) awaitLooks(n int) {
	r.t.Helper()
	timeout := time.After(patience)
	for done := 0; done < n; {
		select {
		case e := <-r.ended:
			if e.Outcome == "done" || e.Outcome == "again" {
				done++
			}
		case <-timeout:
			r.t.Fatalf("%d of %d looks ended", done, n)
		}
	}
}
