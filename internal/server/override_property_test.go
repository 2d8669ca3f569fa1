package server_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/gateswitch"
)

// TestNoGreenWithoutAnAuditLine plays random sequences of what people, operators, forges and clocks do to a pull request
// that its rules always refuse. Whatever happens, in whichever order and however often events come: a commit is green
// only after the audit log has a line that lets it pass, and one command makes one override.
func TestNoGreenWithoutAnAuditLine(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			newGreens(t, seed).play(14)
		})
	}
}

// greens is one sequence.
type greens struct {
	*rig
	random   *rand.Rand
	n        int
	heads    []string
	comments []int64
	forward  func(time.Duration)
}

func newGreens(t *testing.T, seed uint64) *greens {
	r, n, sha, ahead := moved(t, "overrides: { allow: [\"permission:maintain\"], expires: 24h }\n")
	g := &greens{rig: r, random: rand.New(rand.NewPCG(seed, 17)), n: n, heads: []string{sha},
		forward: func(d time.Duration) { ahead.Add(int64(d)) }}
	// Some deliveries come twice, some are held and come later in another order.
	var mu sync.Mutex
	fate := rand.New(rand.NewPCG(seed, 18))
	r.hub.Webhooks().SetFate(func(e hooklog.Event) hooklog.Fate {
		mu.Lock()
		defer mu.Unlock()
		return hooklog.Fate{Copies: fate.IntN(2), Hold: e.Name == "issue_comment" && fate.IntN(4) == 0}
	})
	return g
}

func (g *greens) play(steps int) {
	for i := range steps {
		g.step(i)
		if g.random.IntN(3) == 0 {
			g.settle()
		}
	}
	g.hub.Webhooks().SetFate(nil)
	g.settle()
	g.check()
}

// settle lets what is held arrive, in any order, and waits.
func (g *greens) settle() {
	g.hub.Webhooks().Release(g.random.Perm(len(g.hub.Webhooks().Held()))...)
	g.quiet()
}

func (g *greens) step(i int) {
	g.t.Helper()
	people := []string{"mika", "olga", "wendy"}
	who := people[g.random.IntN(len(people))]
	lines := []string{overrideHeader, "/lintel override commits/header --for 1h -- other: later", "/lintel cancel", "/lintel recheck",
		"/lintel mute commits/header --until " + time.Now().UTC().AddDate(0, 0, 9).Format(time.DateOnly)}
	line := fmt.Sprintf("%s\n\nround %d", lines[g.random.IntN(len(lines))], i)
	switch g.random.IntN(9) {
	default:
		id, err := g.hub.Comment(shop, g.n, who, line)
		must(g.t, err)
		g.comments = append(g.comments, id)
	case 0:
		if len(g.comments) > 0 {
			must(g.t, g.hub.EditComment(shop, g.n, g.comments[g.random.IntN(len(g.comments))], who, line))
		}
	case 1:
		sha := commit(g.t, g.hub, shop, fakehub.Commit{Branch: "topic", Author: "wendy", Message: fmt.Sprintf("More %d.", i),
			Files: fakehub.Files{"cart/more.go": fmt.Sprintf("package cart // %d\n", i)}})
		g.heads = append(g.heads, sha)
	case 2:
		must(g.t, g.hub.SetCollaborator(shop, "mika", []string{"write", "maintain"}[g.random.IntN(2)], "olga"))
	case 3:
		state := []gateswitch.State{gateswitch.Open, gateswitch.Normal, gateswitch.Closed}[g.random.IntN(3)]
		_, err := g.server.Record().SwitchGate(g.t.Context(), gateswitch.Request{State: state, Org: "acme", For: time.Hour,
			Reason: "x", Actor: "root"})
		must(g.t, err)
	case 4:
		g.forward(time.Duration(g.random.IntN(3)) * 40 * time.Minute)
	}
}

// check compares what was ever green, and what stands, with the audit log.
func (g *greens) check() {
	g.t.Helper()
	allowed, standing := g.log()
	for _, sha := range g.heads {
		for _, run := range g.runs(sha) {
			if run.Conclusion == "success" && !allowed[sha] {
				g.t.Errorf("%s was green, and no line of the audit log lets it pass: %s\n%s", sha, run.Title, g.audited())
			}
		}
	}
	head := g.heads[len(g.heads)-1]
	runs := g.runs(head)
	if last := runs[len(runs)-1]; last.Conclusion == "success" && standing[head] == 0 {
		g.t.Errorf("%s is green, and what let it pass is over: %s\n%s", head, last.Title, g.audited())
	}
	var overrides, commands int
	must(g.t, g.server.Reader().QueryRow(`SELECT COUNT(*) FROM override`).Scan(&overrides))
	must(g.t, g.server.Reader().QueryRow(
		`SELECT COUNT(*) FROM command WHERE good = 1 AND line LIKE '/lintel override %'`).Scan(&commands))
	if overrides != commands {
		g.t.Errorf("%d overrides of %d commands", overrides, commands)
	}
	if _, err := g.server.Record().VerifyAudit(g.t.Context()); err != nil {
		g.t.Error(err)
	}
}

// log reads which commits a line of the audit log ever let pass, and how many lines still do.
func (g *greens) log() (allowed map[string]bool, standing map[string]int) {
	g.t.Helper()
	allowed, standing = map[string]bool{}, map[string]int{}
	rows, err := g.server.Reader().Query(`SELECT act, json_extract(body, '$.sha'),
		COALESCE(json_extract(body, '$.detail.ends'), '') FROM audit ORDER BY seq`)
	must(g.t, err)
	defer rows.Close()
	passed := map[string]bool{}
	for rows.Next() {
		var act, ends string
		var sha *string
		must(g.t, rows.Scan(&act, &sha, &ends))
		heads := g.heads
		if sha != nil && strings.Contains(ends, "the next push") || act == "gate.passed" {
			heads = []string{*sha}
		}
		for _, head := range heads {
			switch act {
			case "override.made":
				allowed[head] = true
				standing[head]++
			case "override.revoked", "override.expired":
				standing[head]--
			case "gate.passed":
				allowed[head], passed[head] = true, true
				standing[head]++
			case "gate.ended":
				if passed[head] {
					standing[head]--
				}
				passed[head] = false
			}
		}
	}
	must(g.t, rows.Err())
	return allowed, standing
}
