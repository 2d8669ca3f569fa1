package web

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/sqlitetest"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/verdict"
	"github.com/lintel-review/lintel/policies"
)

// patience is how long pages and checks of health may take. It bounds only how late a failure is seen, so a slow machine
// fails nothing.
const patience = 3 * time.Minute

// start is when every scene begins.
var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// shipped are the policies of all scenes, of which none judges anything.
var shipped = sync.OnceValues(func() (*policy.Engine, error) { return policy.CompileTrusted(policies.Prebuilt(), policies.Tree()) })

// deaf is a queue that nobody works on.
type deaf struct{}

func (deaf) InsertTx(context.Context, *sql.Tx, job.Args, job.When) error { return nil }

func (deaf) Ring() {}

// seed puts an empty record's file somewhere.
var seed = sqlitetest.Copies(func(address string) error {
	st, err := store.Open(context.Background(), address, time.Now, deaf{})
	if err != nil {
		return err
	}
	return st.Close()
})

// scene is a real record with pages over it. Time moves by hand.
type scene struct {
	t     testing.TB
	now   time.Time
	Store *store.Store
	Pages *Pages
	log   *strings.Builder
}

func newScene(t testing.TB) *scene {
	t.Helper()
	s := &scene{t: t, now: start, log: &strings.Builder{}}
	path := filepath.Join(t.TempDir(), "record.db")
	seed(t, path)
	var err error
	s.Store, err = store.Open(t.Context(), "sqlite://"+path, func() time.Time { return s.now }, deaf{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Store.Close(); err != nil {
			t.Error(err)
		}
	})
	engine, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	capability, err := NewCapability([]byte(strings.Repeat("k", MinKey)))
	if err != nil {
		t.Fatal(err)
	}
	s.Pages, err = NewPages(PageOptions{
		Record:     s.Store,
		Capability: capability,
		Scores:     s.Store,
		Objectives: s.promised,
		Families:   engine.Families(),
		Rules:      engine.Rules(),
		Gate:       finding.Enforce,
		Sites:      change.Sites{change.GitHub: "https://github.example.com", change.GitLab: "https://gitlab.example.com"},
		Version:    "0.1.0",
		Limit:      patience,
		Log:        slog.New(slog.NewTextHandler(s.log, nil)),
		Now:        func() time.Time { return s.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// pull is change n of repository acme/shop.
func pull(n int) change.Ref {
	return change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 7, Number: n}, Owner: "acme", Name: "shop", Connection: 3}
}

func sha(c string) string { return strings.Repeat(c, 40)[:40] }

// deliver makes a change known, as a webhook does.
func (s *scene) deliver(ref change.Ref, head string, group *change.Group, why string) {
	s.t.Helper()
	s.now = s.now.Add(40 * time.Second)
	_, err := s.Store.Admit(s.t.Context(), delivery.Admission{
		Delivery: delivery.Delivery{
			ID:         fmt.Sprintf("delivery-%d", s.now.UnixNano()),
			Forge:      ref.Forge,
			Name:       "pull_request",
			RepoID:     ref.RepoID,
			ReceivedAt: s.now,
		},
		Outcome: delivery.Accepted,
		Seen: []delivery.Seen{
			{
				Forge:      ref.Forge,
				Connection: 3,
				Repository: change.Repository{ID: ref.RepoID, Owner: ref.Owner, Name: ref.Name, DefaultBranch: "main"},
			},
		},
		Requests: []delivery.ReviewRequest{
			{
				Ref:    &ref,
				Head:   change.Rev{Ref: "checkout", SHA: head},
				Base:   change.Rev{Ref: "main", SHA: sha("b")},
				Group:  group,
				Forge:  ref.Forge,
				RepoID: ref.RepoID,
				Lane:   delivery.Interactive,
				Why:    why,
				Actor:  "ann",
			},
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// judgement is what a scene's verdict says.
type judgement struct {
	title     string
	findings  []finding.Finding
	abstained []policy.Abstention
	gaps      []change.Gap
	off       []string
	facts     string
	cap       finding.Mode
	settings  settings.Settings
	lost      bool
	// waiting are families whose rules wait for reports.
	waiting []string
	// unmeasured are families whose rules all abstained.
	unmeasured []string
}

// verdict judges a change as it stands in the record, and publishes.
func (s *scene) verdict(ref change.Ref, j judgement) {
	s.t.Helper()
	ctx := s.t.Context()
	s.now = s.now.Add(700 * time.Millisecond)
	record, err := s.Store.Record(ctx, ref.Key)
	if err != nil {
		s.t.Fatal(err)
	}
	d := s.decision(j, record)
	body, err := json.Marshal(d)
	if err != nil {
		s.t.Fatal(err)
	}
	if j.facts == "" {
		j.facts = factsText("", "file")
	}
	if j.settings.Version == 0 {
		j.settings = settings.Default()
		j.settings.Cap = finding.Enforce
	}
	conf := settings.Canonical(j.settings)
	v := &verdict.Verdict{Ref: record.Ref, Generation: record.Generation, Target: record.Target(), Head: record.Head.SHA,
		Base: change.Rev{Ref: "main", SHA: sha("b")}, MergeBase: sha("c"),
		Conclusion: string(d.Conclusion), Digest: d.Digest(), Facts: digestOf([]byte(j.facts)),
		Policy: "sha256:" + sha("9") + sha("9")[:24], Settings: digestOf(conf), Decision: digestOf(body), Engine: "opa v1.22.2",
		Controls: sha("b"), ControlFiles: "sha256:" + sha("8") + sha("8")[:24], Title: j.title,
		TakenAt: s.now.Add(-300 * time.Millisecond), DecidedAt: s.now}
	look := plan.Look{
		Record:  record,
		Verdict: v,
		Lines:   []history.Line{{Key: ref.Key, At: s.now, Kind: history.Evaluated, Detail: v.Conclusion, SHA: v.Target}},
	}
	if !j.lost {
		look.Evidence = []verdict.Evidence{
			{Digest: v.Facts, Kind: "facts", Body: []byte(j.facts)},
			{Digest: v.Decision, Kind: "decision", Body: body},
			{Digest: v.Settings, Kind: "settings", Body: conf},
		}
	}
	effects, err := s.Store.SavePlan(ctx, look, func(st plan.Standing) ([]effect.Effect, error) {
		c := &effect.Check{
			Name:       "lintel",
			SHA:        v.Target,
			Status:     effect.Completed,
			Conclusion: d.Conclusion,
			Title:      map[bool]string{true: "All rules pass", false: "Not ready to merge"}[d.Conclusion == effect.Success],
		}
		if d.Conclusion == policy.Pending {
			c.Status, c.Conclusion = effect.InProgress, ""
		}
		return []effect.Effect{{Key: fmt.Sprintf("check/7/%s/%d", v.Target, st.Sequence), Ref: record.Ref, Check: c}}, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.now = s.now.Add(90 * time.Millisecond)
	for _, e := range effects {
		receipt := effect.Receipt{
			Key:      e.Key,
			RemoteID: effect.NumberID(s.now.UnixMilli()),
			URL:      "https://github.example.com/acme/shop/runs/1",
			At:       s.now,
		}
		if err := s.Store.Receive(ctx, e, receipt,
			history.Line{
				Key:    ref.Key,
				At:     s.now,
				Kind:   history.Published,
				Detail: "check lintel: " + v.Conclusion,
				SHA:    v.Target,
			}); err != nil {
			s.t.Fatal(err)
		}
	}
	tx, err := s.Store.Writer().BeginTx(ctx, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := errors.Join(s.Store.EvaluatedTx(ctx, tx, ref.Key, record.Generation), tx.Commit()); err != nil {
		s.t.Fatal(err)
	}
}

// decision makes a decision with these findings; every other rule was judged and has nothing to object.
func (s *scene) decision(j judgement, r change.Record) policy.Decision {
	d := policy.Decision{
		Schema:     policy.DecisionVersion,
		Conclusion: effect.Success,
		Base:       sha("b"),
		Head:       r.Head.SHA,
		Findings:   []finding.Finding{},
		Abstained:  j.abstained,
		Incomplete: j.gaps,
		Cap:        j.cap,
		Engine:     "opa v1.22.2",
	}
	d.Findings = append(d.Findings, j.findings...)
	if len(j.waiting) > 0 {
		d.Conclusion = policy.Pending
	}
	off := map[string]bool{}
	for _, id := range j.off {
		off[id] = true
	}
	for _, rule := range s.Pages.o.Rules {
		switch {
		case slices.Contains(j.waiting, rule.Family):
			d.Waiting = append(d.Waiting, rule.ID)
		case !off[rule.ID] && !off[rule.Family]:
			d.Judged = append(d.Judged, rule.ID)
		}
	}
	for i := range d.Findings {
		f := &d.Findings[i]
		f.Family, _, _ = strings.Cut(f.Rule, "/")
		if rule, ok := s.Pages.rule(f.Rule); ok && f.Title == "" {
			f.Title = rule.Title
		}
	}
	finding.Mark(d.Findings)
	for _, family := range s.Pages.o.Families {
		out := policy.FamilySuccess
		if off[family.Name] {
			out = policy.FamilyOff
		}
		if slices.Contains(j.waiting, family.Name) {
			out = policy.FamilyWaiting
		}
		for _, a := range j.abstained {
			if a.Family == family.Name {
				out = policy.FamilyAbstained
			}
		}
		reason := ""
		if slices.Contains(j.unmeasured, family.Name) {
			out, reason = policy.FamilyUnmeasured, "No report was given."
			for _, rule := range s.Pages.rulesOf(family.Name) {
				d.Abstained = append(d.Abstained, policy.Abstention{Rule: rule.ID, Family: family.Name, Mode: finding.Warn, Reason: reason})
			}
		}
		for _, f := range d.Findings {
			if f.Family == family.Name && f.Blocking {
				out, d.Conclusion = policy.FamilyFailure, effect.Failure
			}
		}
		d.Families = append(d.Families, policy.FamilyVerdict{Name: family.Name, Conclusion: out, Reason: reason})
	}
	return d
}

func digestOf(b []byte) string { return text.Digest(b) }

// factsText is a small document of facts; more is put into its ownership part.
func factsText(unblock, source string) string {
	if unblock == "" {
		unblock = `{"people":[],"more":0,"smallest":true,"stuck":0}`
	}
	return `{"schema":1,"change":{"kind":"pull_request","author":{"login":"ann","bot":false},"draft":false,"fork":false,` +
		`"base":{"ref":"main","sha":"` + sha("b") + `"},"head":{"ref":"checkout","sha":"` + sha("a") + `"}},` +
		`"controls":{"source":"` + source +
		`","path":".github/lintel.yml","ref":"main","reason":"","substituted":"","errors":[]},"files":{"total":7,` +
		`"listed":7,"complete":true},"ownership":{"unblock":` + unblock + `}}`
}

func blocks(rule, path string, line int, message, remedy string) finding.Finding {
	return finding.Finding{
		Rule:     rule,
		Severity: finding.Error,
		Mode:     finding.Enforce,
		Blocking: true,
		Path:     path,
		Line:     line,
		EndLine:  line,
		Message:  message,
		Remedy:   remedy,
		Subject:  message,
	}
}

func warns(rule, path string, line int, message, remedy string) finding.Finding {
	return finding.Finding{
		Rule:     rule,
		Severity: finding.Warning,
		Mode:     finding.Warn,
		Path:     path,
		Line:     line,
		EndLine:  line,
		Message:  message,
		Remedy:   remedy,
		Subject:  message,
	}
}

func nothing(plan.Standing) ([]effect.Effect, error) { return nil, nil }

func (s *scene) admin(overview *Overview, health *Health) http.Handler {
	return Admin(s.Pages.o.Log, overview, health, s.Pages, nil)
}

// overview shows neither jobs nor metrics.
func (s *scene) overview() *Overview {
	s.t.Helper()
	o, err := NewOverview(s.Store, nil, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

// health runs the checks by the scene's clock.
func (s *scene) health(checks ...Check) *Health {
	s.t.Helper()
	for i := range checks {
		checks[i].Timeout = cmp.Or(checks[i].Timeout, patience)
	}
	h, err := NewHealth(s.Pages.o.Log, s.Pages.o.Now, checks...)
	if err != nil {
		s.t.Fatal(err)
	}
	return h
}
