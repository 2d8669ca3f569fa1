package board

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
)

// maxRows is how many rows an export has at most; exportTime how long it may take.
const (
	maxRows    = 1_000_000
	exportTime = 10 * time.Minute
)

// column is one column of an export: nil is an empty cell, and null in JSON.
type column struct {
	name string
	of   func(p figure.Pull, zone *time.Location) any
}

// exported are the columns of the list of changes. It names no people.
var exported = func() []column {
	at := func(name string, of func(figure.Pull) *time.Time) column {
		return column{name, func(p figure.Pull, zone *time.Location) any {
			if t := of(p); t != nil && !t.IsZero() {
				return t.In(zone).Format(time.RFC3339)
			}
			return nil
		}}
	}
	number := func(name string, of func(figure.Pull) *int64) column {
		return column{name, func(p figure.Pull, _ *time.Location) any {
			if n := of(p); n != nil {
				return *n
			}
			return nil
		}}
	}
	whole := func(name string, of func(figure.Pull) int64) column {
		return column{name, func(p figure.Pull, _ *time.Location) any { return of(p) }}
	}
	word := func(name string, of func(figure.Pull) string) column {
		return column{name, func(p figure.Pull, _ *time.Location) any { return of(p) }}
	}
	flag := func(name string, of func(figure.Pull) bool) column {
		return column{name, func(p figure.Pull, _ *time.Location) any { return of(p) }}
	}
	all := []column{
		word("forge", func(p figure.Pull) string { return p.Forge }),
		word("repository", func(p figure.Pull) string { return p.Owner + "/" + p.Name }),
		whole("number", func(p figure.Pull) int64 { return int64(p.Number) }),
		word("title", func(p figure.Pull) string { return p.Title }),
		word("author_kind", func(p figure.Pull) string { return p.AuthorKind }),
		word("team", func(p figure.Pull) string { return p.Team }),
		word("base", func(p figure.Pull) string { return p.Base }),
		word("state", func(p figure.Pull) string { return p.State }),
		at("first_commit_at", func(p figure.Pull) *time.Time { return p.FirstCommitAt }),
		at("opened_at", func(p figure.Pull) *time.Time { return &p.OpenedAt }),
		at("ready_at", func(p figure.Pull) *time.Time { return p.ReadyAt }),
		at("first_response_at", func(p figure.Pull) *time.Time { return p.FirstResponseAt }),
		at("approved_at", func(p figure.Pull) *time.Time { return p.ApprovedAt }),
		at("merged_at", func(p figure.Pull) *time.Time { return p.MergedAt }),
		at("closed_at", func(p figure.Pull) *time.Time { return p.ClosedAt }),
		at("deployed_at", func(p figure.Pull) *time.Time { return p.DeployedAt }),
	}
	for i := range figure.Stage(figure.Stages) {
		all = append(all, number(i.ID()+"_s", func(p figure.Pull) *int64 { return p.Stages[i] }))
	}
	return append(all,
		number("cycle_s", func(p figure.Pull) *int64 { return p.Cycle }),
		number("cycle_business_s", func(p figure.Pull) *int64 { return p.CycleBusiness }),
		number("pickup_business_s", func(p figure.Pull) *int64 { return p.PickupBusiness }),
		number("additions", func(p figure.Pull) *int64 { return p.Additions }),
		number("deletions", func(p figure.Pull) *int64 { return p.Deletions }),
		number("size", func(p figure.Pull) *int64 { return p.Size }),
		whole("rounds", func(p figure.Pull) int64 { return p.Rounds }),
		whole("reviews", func(p figure.Pull) int64 { return p.Reviews }),
		whole("human_comments", func(p figure.Pull) int64 { return p.HumanComments }),
		whole("bot_comments", func(p figure.Pull) int64 { return p.BotComments }),
		whole("force_pushes", func(p figure.Pull) int64 { return p.ForcePushes }),
		whole("reopens", func(p figure.Pull) int64 { return p.Reopens }),
		flag("merged_unreviewed", func(p figure.Pull) bool { return p.Unreviewed && p.MergedAt != nil }),
		flag("reverted", func(p figure.Pull) bool { return p.Reverted }),
		flag("stacked", func(p figure.Pull) bool { return p.Stacked }),
		flag("complete", func(p figure.Pull) bool { return p.Complete }),
		word("waits_for", func(p figure.Pull) string { return p.WaitsFor }),
	)
}()

// plain is a text as a cell of CSV: spreadsheets take what begins with one of these as a formula.
func plain(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}

// cell writes a value of an export as a cell.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return plain(v)
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return fmt.Sprint(v)
}

// begin starts a download that may take longer than a page.
func begin(w http.ResponseWriter, r *http.Request, kind, name string) (ctx context.Context, end func()) {
	// A listener that cannot extend its deadline keeps the one of pages.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exportTime))
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return context.WithTimeout(r.Context(), exportTime)
}

// pullsCSV streams the whole list of the filter, row by row.
func (b *Board) pullsCSV(w http.ResponseWriter, r *http.Request) {
	f, ok := b.asked(w, r)
	if !ok {
		return
	}
	ctx, end := begin(w, r, "text/csv; charset=utf-8", "pull-requests.csv")
	defer end()
	table := csv.NewWriter(w)
	var cells []string
	for _, c := range exported {
		cells = append(cells, c.name)
	}
	err := table.Write(cells)
	if err == nil {
		_, err = b.o.Record.Pulls(ctx, f, 0, maxRows, func(p figure.Pull) error {
			for i, c := range exported {
				cells[i] = cell(c.of(p, f.Zone))
			}
			return table.Write(cells)
		})
	}
	table.Flush()
	if broken := errors.Join(err, table.Error()); broken != nil {
		// The answer has begun: cut it off, so that nobody takes a part for the whole.
		panic(http.ErrAbortHandler)
	}
}

// pullsJSON streams the list of the filter as one array.
func (b *Board) pullsJSON(w http.ResponseWriter, r *http.Request) {
	f, ok := b.asked(w, r)
	if !ok {
		return
	}
	ctx, cancel := begin(w, r, "application/json", "pull-requests.json")
	defer cancel()
	n := 0
	row := map[string]any{}
	_, err := b.o.Record.Pulls(ctx, f, 0, maxRows, func(p figure.Pull) error {
		for _, c := range exported {
			row[c.name] = c.of(p, f.Zone)
		}
		line, err := json.Marshal(row)
		if err == nil {
			_, err = w.Write(append([]byte(separator(n)), line...))
		}
		n++
		return err
	})
	end := "\n]\n"
	if n == 0 {
		end = "[]\n"
	}
	if err == nil {
		_, err = w.Write([]byte(end))
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
}

// separator stands before the n-th row of an array.
func separator(n int) string {
	if n == 0 {
		return "[\n"
	}
	return ",\n"
}

// summary is the overview as JSON. Times are seconds; null is not known or too little to say.
type summary struct {
	Query        string   `json:"query"`
	From         string   `json:"from"`
	To           string   `json:"to"`
	Zone         string   `json:"zone"`
	Clock        string   `json:"clock"`
	NewestEvent  string   `json:"newest_event"`
	RecordBegins string   `json:"record_begins"`
	Merged       int64    `json:"merged"`
	Unreviewed   int64    `json:"merged_unreviewed"`
	Reverted     int64    `json:"reverted"`
	Comments     int64    `json:"human_comments"`
	Cycle        spread   `json:"cycle_s"`
	Pickup       spread   `json:"pickup_s"`
	Stages       []shared `json:"stages"`
	Trend        []period `json:"trend"`
	Rounds       int64    `json:"rounds"`
	Reworked     share    `json:"commits_after_review"`
	Rewritten    lines    `json:"rewritten"`
}

type spread struct {
	N    int64  `json:"n"`
	Of   int64  `json:"of"`
	P50  *int64 `json:"p50"`
	P75  *int64 `json:"p75"`
	P90  *int64 `json:"p90"`
	Low  *int64 `json:"p50_low,omitempty"`
	High *int64 `json:"p50_high,omitempty"`
}

// share is how many of those of which it is known.
type share struct {
	N  int64 `json:"n"`
	Of int64 `json:"of"`
}

// lines are those that changes replaced, and how many of them were young.
type lines struct {
	Pulls    int64 `json:"pull_requests"`
	Replaced int64 `json:"replaced"`
	Within21 int64 `json:"within_21_days"`
	Within30 int64 `json:"within_30_days"`
}

type shared struct {
	Stage   string `json:"stage"`
	Seconds int64  `json:"seconds"`
	N       int64  `json:"n"`
}

type period struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Running bool   `json:"running"`
	Merged  int64  `json:"merged"`
	Cycle   spread `json:"cycle_s"`
	Pickup  spread `json:"pickup_s"`
}

func spreadOf(p figure.Percentiles) spread {
	return spread{p.N, p.Of, p.P50, p.P75, p.P90, p.Low, p.High}
}

func periods(all read) (out []period) {
	for i, s := range all.Spans {
		out = append(out, period{s.From.Format(time.RFC3339), s.To.Format(time.RFC3339), s.Running, all.Cycles[i].Of,
			spreadOf(all.Cycles[i]), spreadOf(all.Pickups[i])})
	}
	return out
}

// overviewJSON is the overview for programs.
func (b *Board) overviewJSON(w http.ResponseWriter, r *http.Request) {
	f, all, ok := b.readFor(w, r)
	if !ok {
		return
	}
	s := summary{
		Query:      f.Query().Encode(),
		From:       f.From.Format(time.RFC3339),
		To:         f.To.Format(time.RFC3339),
		Zone:       f.Zone.String(),
		Clock:      clockWord(f),
		Merged:     all.Totals.Merged,
		Unreviewed: all.Totals.Unreviewed,
		Reverted:   all.Totals.Reverted,
		Comments:   all.Totals.HumanComments,
		Cycle:      spreadOf(all.Cycle),
		Pickup:     spreadOf(all.Pickup),
		Trend:      periods(all),
		Rounds:     all.Totals.Rounds,
		Reworked:   share{all.Totals.Reworked, all.Totals.ReworkKnown},
		Rewritten: lines{all.Totals.Rewritten.Known, all.Totals.Rewritten.Lines, all.Totals.Rewritten.Within21,
			all.Totals.Rewritten.Within30},
	}
	if !all.Age.Last.IsZero() {
		s.NewestEvent, s.RecordBegins = all.Age.Last.Format(time.RFC3339), all.Age.First.Format(time.RFC3339)
	}
	for i, sum := range all.Totals.Stages {
		s.Stages = append(s.Stages, shared{figure.Stage(i).ID(), sum.Seconds, sum.N})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s) // a client that went away is not worth a log line
}

// overviewCSV is the trend of the overview, one row for each bucket.
func (b *Board) overviewCSV(w http.ResponseWriter, r *http.Request) {
	_, all, ok := b.readFor(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="flow.csv"`)
	out := csv.NewWriter(w)
	rows := [][]string{{"from", "to", "running", "merged", "cycle_n", "cycle_p50_s", "cycle_p75_s", "cycle_p90_s",
		"pickup_n",
		"pickup_p50_s", "pickup_p75_s", "pickup_p90_s"}}
	number := func(v *int64) string {
		if v == nil {
			return ""
		}
		return count(*v)
	}
	for _, p := range periods(all) {
		c, u := p.Cycle, p.Pickup
		rows = append(rows, []string{p.From, p.To, strconv.FormatBool(p.Running), count(p.Merged), count(c.N),
			number(c.P50), number(c.P75),
			number(c.P90), count(u.N), number(u.P50), number(u.P75), number(u.P90)})
	}
	_ = out.WriteAll(rows) // a client that went away is not worth a log line
}

func (b *Board) readFor(w http.ResponseWriter, r *http.Request) (f filter.Filter, all read, ok bool) {
	if f, ok = b.asked(w, r); !ok {
		return f, all, false
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	all, err := b.read(ctx, f)
	if err != nil {
		b.o.Shell.Trouble(w, r, err)
		return f, all, false
	}
	return f, all, true
}
