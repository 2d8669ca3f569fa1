package board_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/command/demo/history"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/objective"
	"github.com/lintel-review/lintel/internal/outcome"
	"github.com/lintel-review/lintel/internal/scorecard"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/sqlitetest"
	"github.com/lintel-review/lintel/internal/store/storetest"
	"github.com/lintel-review/lintel/internal/web/board"
)

var now = time.Date(2026, 3, 18, 12, 0, 0, 0, time.UTC)

// shell is a page without head and foot.
type shell struct{ t *testing.T }

func (s shell) Page(w http.ResponseWriter, _ *http.Request, status int, title, root string, content template.HTML) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "<title>%s</title>%s<!-- %s -->", template.HTMLEscapeString(title), content, root)
}

func (s shell) Trouble(w http.ResponseWriter, _ *http.Request, err error) {
	http.Error(w, err.Error(), http.StatusServiceUnavailable)
}

func (s shell) Missing(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

// scene is a board on a record.
type scene struct {
	*store.Store
	t   *testing.T
	mux *http.ServeMux
}

// seed puts an empty record's file somewhere.
var seed = sqlitetest.Copies(func(address string) error {
	st, err := store.Open(context.Background(), address, time.Now, &storetest.Queue{})
	if err != nil {
		return err
	}
	return st.Close()
})

// newScene opens an empty record; with says what the board has beside it.
func newScene(t *testing.T, with board.Options) *scene {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lintel.db")
	seed(t, path)
	st, err := store.Open(context.Background(), "sqlite://"+path, func() time.Time { return now }, &storetest.Queue{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	with.Shell, with.Now = shell{t}, func() time.Time { return now }
	if with.Only == nil {
		with.Only = func(context.Context) map[filter.Repo]bool { return nil }
	}
	if with.Record == nil {
		with.Record = st
	}
	b, err := board.New(with)
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{st, t, http.NewServeMux()}
	b.Route(s.mux)
	return s
}

// repository makes the record know a repository.
func (s *scene) repository(id int64, owner, name string) {
	s.t.Helper()
	s.repositoryOn(change.GitHub, id, owner, name)
}

func (s *scene) repositoryOn(forge change.Forge, id int64, owner, name string) {
	s.t.Helper()
	_, err := s.Admit(context.Background(), delivery.Admission{
		Delivery: delivery.Delivery{ID: string(forge) + owner + name, Forge: forge, Name: "x", ReceivedAt: now},
		Outcome:  delivery.Ignored,
		Seen: []delivery.Seen{
			{Forge: forge, Repository: change.Repository{ID: id, Owner: owner, Name: name, DefaultBranch: "main"},
				Gone: true},
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// year fills the record with an invented year of one repository.
func (s *scene) year() {
	s.t.Helper()
	s.repository(7, "acme", "shop")
	y := history.Year{Forge: "github", Seed: 1, End: now, Repositories: []history.Repository{
		{ID: 7, Owner: "acme", Name: "shop", Team: "payments", PerWeek: 9},
	}}
	var all []flow.Event
	if err := y.Each(func(events []flow.Event) error { all = append(all, events...); return nil }); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.AppendEvents(context.Background(), all, "test"); err != nil {
		s.t.Fatal(err)
	}
}

// TestNestedOwners: an owner may be a path of groups.
func TestNestedOwners(t *testing.T) {
	s := newScene(t, board.Options{})
	s.year()
	s.repository(7, "acme/tools", "shop")
	list := s.get("/flow/pulls?show=open", http.StatusOK)
	at := regexp.MustCompile(`href="[./]*(flow/pull/github/acme/tools/shop/\d+)`).FindStringSubmatch(list)
	if at == nil {
		t.Fatal("no pull request of a nested owner is listed")
	}
	for path, root := range map[string]string{
		"/" + at[1]: "../../../../../../",
		"/" + strings.Replace(at[1], "acme/tools", "acme%2Ftools", 1): "../../../../../",
	} {
		if page := s.get(path, http.StatusOK); !strings.Contains(page, `href="`+root+`pr/github/acme/tools/shop/`) ||
			!strings.Contains(page, `href="`+root+`definitions#`) {
			t.Errorf("%s: %s", path, page)
		}
	}
}

func (s *scene) get(path string, status int) string {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost"+path, nil))
	if w.Code != status {
		s.t.Fatalf("%s: %d, want %d: %.500s", path, w.Code, status, w.Body)
	}
	return w.Body.String()
}

// rows are those of a CSV by the names of its columns.
func (s *scene) rows(path string) (all []map[string]string) {
	s.t.Helper()
	cells, err := csv.NewReader(strings.NewReader(s.get(path, http.StatusOK))).ReadAll()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, row := range cells[1:] {
		named := map[string]string{}
		for i, name := range cells[0] {
			named[name] = row[i]
		}
		all = append(all, named)
	}
	return all
}

func TestOptions(t *testing.T) {
	if _, err := board.New(board.Options{}); err == nil {
		t.Error("a board without a record")
	}
}

// An empty record says so, and no figure is made of nothing.
func TestNothing(t *testing.T) {
	s := newScene(t, board.Options{})
	page := s.get("/flow", http.StatusOK)
	for _, want := range []string{"No event of a pull request has come yet.", "0 of 0 pull requests: too few, 5 are needed",
		"Nothing waits.",
		"There is nothing to draw.", "0 of 0 pull requests: too few, 20 are needed"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q: %s", want, page)
		}
	}
	if strings.Contains(page, "NaN") || strings.Contains(page, "Inf") || strings.Contains(page, ">0 s<") {
		t.Errorf("a figure of nothing: %s", page)
	}
	if list := s.get("/flow/pulls", http.StatusOK); !strings.Contains(list, "There is no such pull request.") {
		t.Error(list)
	}
	if rows := s.rows("/flow/pulls.csv"); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
	if got := strings.Join(strings.Fields(s.get("/flow/pulls.json", http.StatusOK)), ""); got != "[]" {
		t.Errorf("%s", got)
	}
	s.get("/flow/pull/github/acme/shop/1", http.StatusNotFound)
	s.get("/flow/pull/github/acme/shop/01", http.StatusNotFound)
}

// The page, its JSON and its CSV have the figures that follow from the rows of the list.
//
//race:unwatched
func TestExportsAgree(t *testing.T) {
	s := newScene(t, board.Options{})
	s.year()
	for _, query := range []string{"", "?from=2025-04-01", "?author=all&base=all&tz=Asia/Tokyo&from=2025-06-10",
		"?author=bot", "?size=m&stat=p90",
		"?team=payments&bucket=month&from=2025-04-01", "?team=nobody"} {
		var sum struct {
			Merged int64 `json:"merged"`
			Cycle  struct {
				N             int64
				P50, P75, P90 *int64
			} `json:"cycle_s"`
			Trend []struct{ Merged int64 }
		}
		if err := json.Unmarshal([]byte(s.get("/flow.json"+query, http.StatusOK)), &sum); err != nil {
			t.Fatal(err)
		}
		rows := s.rows("/flow/pulls.csv" + query)
		var list []map[string]any
		if err := json.Unmarshal([]byte(s.get("/flow/pulls.json"+query, http.StatusOK)), &list); err != nil ||
			len(list) != len(rows) {
			t.Fatalf("%s: %d rows as JSON, %d as CSV: %v", query, len(list), len(rows), err)
		}
		var cycles []int64
		for i, row := range rows {
			if fmt.Sprint(list[i]["number"]) != row["number"] {
				t.Errorf("%s: row %d is %v and %v", query, i, list[i]["number"], row["number"])
			}
			if n, err := strconv.ParseInt(row["cycle_s"], 10, 64); err == nil {
				cycles = append(cycles, n)
			}
		}
		slices.Sort(cycles)
		if sum.Merged != int64(len(rows)) || sum.Cycle.N != int64(len(cycles)) {
			t.Errorf("%s: %d merged and %d with a time, and %d and %d rows", query, sum.Merged, sum.Cycle.N, len(rows),
				len(cycles))
		}
		if len(cycles) >= figure.Fewest {
			if want := cycles[figure.Rank(int64(len(cycles)), 50)-1]; *sum.Cycle.P50 != want {
				t.Errorf("%s: the median is %d, want %d", query, *sum.Cycle.P50, want)
			}
		} else if sum.Cycle.P50 != nil {
			t.Errorf("%s: a median of %d", query, len(cycles))
		}
		total := int64(0)
		for _, p := range sum.Trend {
			total += p.Merged
		}
		if trend := s.rows("/flow.csv" + query); total != sum.Merged || len(trend) != len(sum.Trend) {
			t.Errorf("%s: the buckets hold %d of %d, in %d and %d rows", query, total, sum.Merged, len(trend),
				len(sum.Trend))
		}
		page := s.get("/flow"+query, http.StatusOK)
		if !strings.Contains(page, fmt.Sprintf("%d of %d pull requests", sum.Cycle.N, sum.Merged)) {
			t.Errorf("%s: the page does not say that there are %d of %d", query, sum.Cycle.N, sum.Merged)
		}
		if listed := s.get("/flow/pulls"+query, http.StatusOK); len(rows) > 0 &&
			!strings.Contains(listed, fmt.Sprintf(" of %d.</p>", len(rows))) {
			t.Errorf("%s: the list does not say that there are %d", query, len(rows))
		}
	}
}

var link = regexp.MustCompile(`(?:href|action)="([^"]*)"`)

// Every link of the pages leads to a page, or to one that another room serves.
//
//race:unwatched
func TestLinksOfABoard(t *testing.T) {
	s := newScene(t, board.Options{Sites: change.Sites{change.GitHub: "https://github.example"}})
	s.year()
	for _, path := range []string{"rules", "objectives", "flow/rollouts", "docs/rules/{family}",
		"pr/{forge}/{owner}/{repo}/{number}"} {
		s.mux.HandleFunc("GET /"+path, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "elsewhere") })
	}
	seen, todo := map[string]bool{}, []string{"/flow", "/flow/pulls?show=open", "/flow/pulls?show=unreviewed&sort=largest"}
	read := map[string]bool{}
	for len(todo) > 0 && len(seen) < 400 {
		path := todo[0]
		todo = todo[1:]
		if read[path] {
			continue
		}
		read[path] = true
		base, err := url.Parse("http://localhost" + path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(s.get(path, http.StatusOK), -1) {
			to, err := base.Parse(strings.ReplaceAll(m[1], "&amp;", "&"))
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if next := to.RequestURI(); to.Host == "localhost" && !seen[next+"#"+to.Fragment] {
				seen[next+"#"+to.Fragment] = true
				todo = append(todo, next)
			}
		}
	}
	page := s.get("/definitions", http.StatusOK)
	for to := range seen {
		if name, ok := strings.CutPrefix(to, "/definitions#"); ok && name != "" &&
			!strings.Contains(page, `id="`+name+`"`) {
			t.Errorf("%s leads to a definition that there is not", to)
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d links", len(seen))
	}
}

// Names of people are on the timeline of a change, as on the forge, and nowhere else.
//
//race:unwatched
func TestNobodyIsRanked(t *testing.T) {
	s := newScene(t, board.Options{})
	s.year()
	for _, path := range []string{"/flow", "/flow.json", "/flow.csv", "/flow/pulls", "/flow/pulls.csv",
		"/flow/pulls.json"} {
		page := s.get(path+"?from=2025-04-01&author=all", http.StatusOK)
		for _, name := range []string{"olga", "wendy", "mika", "jonas", "priya", "theo"} {
			if strings.Contains(page, name) {
				t.Errorf("%s names %s", path, name)
			}
		}
	}
}

func TestProblems(t *testing.T) {
	s := newScene(t, board.Options{})
	s.year()
	for _, path := range []string{"/flow", "/flow/pulls"} {
		page := s.get(path+"?from=soon&nonsense=%3Cscript%3E", http.StatusBadRequest)
		if !strings.Contains(page, "&#34;soon&#34; is no day") || !strings.Contains(page, "There is no such filter") ||
			strings.Contains(page, `class="tile"`) || strings.Contains(page, "<figure") ||
			!strings.Contains(page, "<details class=\"filters\" open>") {
			t.Errorf("%s: %s", path, page)
		}
	}
	for _, path := range []string{"/flow.csv", "/flow.json", "/flow/pulls.csv", "/flow/pulls.json"} {
		if got := s.get(path+"?size=7", http.StatusBadRequest); got != "size: \"7\" is none of all, xs, s, m, l, xl.\n" {
			t.Errorf("%s: %q", path, got)
		}
	}
}

// A change's page says what happened and why it has its numbers.
func TestPull(t *testing.T) {
	s := newScene(t, board.Options{Sites: change.Sites{change.GitHub: "https://github.example"}})
	s.repository(7, "acme", "shop")
	ann, bob, robot := flow.NewActor(1, "ann", "User"), flow.NewActor(2, "bob", "User"),
		flow.NewActor(9, "lintel[bot]", "Bot")
	at := func(minutes int) time.Time { return now.Add(time.Duration(minutes-100) * time.Minute) }
	s.append(
		event(flow.Opened, ann, at(0), nil), event(flow.Commented, robot, at(1), nil),
		event(flow.Reviewed, bob, at(30), func(e *flow.Event) { e.Detail.Review, e.Detail.State = 5, flow.Approved }),
		event(flow.Merged, bob, at(45), func(e *flow.Event) {
			e.SHA, e.Detail.Base, e.Detail.Default = "m", "main",
				"main"
		}))
	page := s.get("/flow/pull/github/acme/shop/12?tz=Asia/Kolkata", http.StatusOK)
	for _, want := range []string{
		"<b>45 min</b>", "<b>30 min</b>", "From ready (18 Mar 2026, 15:50) to merged (18 Mar 2026, 16:35).",
		"times in Asia/Kolkata",
		"No deployment with it is known. That is not zero.", "<bdi>bob</bdi> approved",
		"lintel[bot]</bdi> <span class=\"pill quiet\">bot</span>",
		"https://github.example/acme/shop/pull/12", "../../../../../pr/github/acme/shop/12", "Waiting for merge</span>",
		"is not complete",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %q: %s", want, page)
		}
	}
}

func event(kind flow.Kind, who flow.Actor, at time.Time, change func(*flow.Event)) flow.Event {
	e := flow.Event{Pull: flow.Pull{Forge: "github", RepoID: 7, Number: 12}, Kind: kind, Actor: who, At: at}
	if change != nil {
		change(&e)
	}
	e.Key = flow.Key(e)
	return e
}

func (s *scene) append(events ...flow.Event) {
	s.t.Helper()
	if _, err := s.AppendEvents(context.Background(), events, "test"); err != nil {
		s.t.Fatal(err)
	}
}

// What rules and response times say of Lintel itself stands beside the figures of people.
func TestLintelItself(t *testing.T) {
	p95, left := 1.25, 0.5
	s := newScene(t, board.Options{
		Objectives: func(context.Context) (objective.Report, error) {
			return objective.Report{WindowDays: 28, Objectives: []objective.Status{
				{Name: objective.FirstStatus, Good: 40, BudgetLeft: &left, Took: objective.Quantiles{N: 40, P95: &p95}},
			}}, nil
		},
		Scores: scores{},
	})
	page := s.get("/flow", http.StatusOK)
	for _, want := range []string{"Lintel&#39;s first status", "1.2 s", "50 % of the budget left", "Findings addressed",
		"30 of 40 decided findings",
		"docs/rules/size#large-file"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %q: %s", want, page)
		}
	}
	if page := s.get("/flow?repo=acme/nothing", http.StatusOK); strings.Contains(page, "Findings addressed") {
		t.Error("scorecards of a repository that nobody knows")
	}
	if page := s.get("/flow?team=web", http.StatusOK); strings.Contains(page, "first status") {
		t.Error("response times are not of a team")
	}
}

type scores struct{}

func (scores) Scores(context.Context, change.Forge, int64, time.Time) ([]scorecard.Count, error) {
	return []scorecard.Count{{Rule: "size/large-file", Name: string(outcome.Addressed), Now: 30},
		{Rule: "size/large-file", Name: string(outcome.Ignored), Now: 10},
		{Rule: "size/large-file", Name: "fired", Now: 40}}, nil
}

func (scores) RepositoryNamed(context.Context, change.Forge, string, string) (change.Repository, error) {
	return change.Repository{}, change.ErrNotFound
}

// broken is a record that cannot be read.
type broken struct{ *store.Store }

func (broken) Count(context.Context, filter.Filter, []filter.Span, []int64) (figure.Counted, error) {
	panic("no totals")
}

func (broken) Pulls(context.Context, filter.Filter, int, int, func(figure.Pull) error) (int64, error) {
	return 0, errors.New("locked")
}

// A record that cannot be read ends one answer, and an export that broke off is not taken for whole.
func TestTrouble(t *testing.T) {
	good := newScene(t, board.Options{})
	s := newScene(t, board.Options{Record: broken{good.Store}})
	if got := s.get("/flow", http.StatusServiceUnavailable); !strings.Contains(got, "panic: no totals") {
		t.Error(got)
	}
	s.get("/flow/pulls", http.StatusServiceUnavailable)
	s.get("/flow.json", http.StatusServiceUnavailable)
	for _, path := range []string{"/flow/pulls.csv", "/flow/pulls.json"} {
		func() {
			defer func() {
				if end, _ := recover().(error); !errors.Is(end, http.ErrAbortHandler) {
					t.Errorf("%s ended with %v", path, end)
				}
			}()
			s.get(path, http.StatusOK)
		}()
	}
}
