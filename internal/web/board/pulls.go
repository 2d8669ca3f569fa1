package board

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/render/chart"
	"github.com/lintel-review/lintel/internal/template"
)

// perPage is how many changes a page lists, maxDots how many a scatter draws.
const (
	perPage = 50
	maxDots = 300
)

// pullsView is the list behind a figure.
type pullsView struct {
	Scope          scopeView
	Unknown        bool
	Total          int64
	First, Last    int64
	Rows           []pullRow
	Scatter        template.HTML
	Previous, Next string
	Open           bool
}

type pullRow struct {
	Path, Name, Title, Team, When, Cycle, Pickup, Size, Rounds, Waits string
	Unreviewed, Reverted                                              bool
}

func pullName(p figure.Pull) string {
	return fmt.Sprintf("%s/%s%s%d", p.Owner, p.Name, change.Forge(p.Forge).Words().Sigil, p.Number)
}

// pulls lists the changes of a filter.
func (b *Board) pulls(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	f, problems := b.parse(r)
	v := pullsView{Scope: scopeOf(r, f, problems, "../", "./pulls"), Open: f.Show == filter.Unclosed}
	v.Scope.Listing = true
	if len(problems) > 0 {
		v.Unknown = true
		b.show(w, r, http.StatusBadRequest, "Pull requests", "../", "pulls", v)
		return
	}
	var age figure.Age
	var dots []figure.Pull
	rec, skip := b.o.Record, (f.Page-1)*perPage
	err := together(ctx, []func(context.Context) error{
		func(ctx context.Context) (err error) { age, err = rec.Age(ctx); return err },
		func(ctx context.Context) (err error) { v.Scope.Choices, err = rec.Choices(ctx, f.Only); return err },
		func(ctx context.Context) (err error) {
			v.Total, err = rec.Pulls(ctx, f, skip, perPage, func(p figure.Pull) error {
				v.Rows = append(v.Rows, rowOf(p, f))
				return nil
			})
			return err
		},
		func(ctx context.Context) (err error) {
			if v.Open || f.Page > 1 {
				return nil
			}
			newest := f
			newest.Sort = filter.Newest
			_, err = rec.Pulls(ctx, newest, 0, maxDots, func(p figure.Pull) error { dots = append(dots, p); return nil })
			return err
		},
	})
	if err != nil {
		b.o.Shell.Trouble(w, r, err)
		return
	}
	v.Scope.Age = ageOf(age, f, b.o.Now())
	v.First, v.Last = min(v.Total, int64(skip)+1), min(v.Total, int64(skip+len(v.Rows)))
	if f.Page > 1 {
		v.Previous = "./pulls" + with(f, "page", strconv.Itoa(f.Page-1))
	}
	if v.Last < v.Total && len(v.Rows) > 0 {
		v.Next = "./pulls" + with(f, "page", strconv.Itoa(f.Page+1))
	}
	if len(dots) > 0 {
		v.Scatter = scatter(dots, f, v.Total)
	}
	b.show(w, r, http.StatusOK, "Pull requests", "../", "pulls", v)
}

func rowOf(p figure.Pull, f filter.Filter) pullRow {
	row := pullRow{
		Path:       "../" + pullPath(p),
		Name:       pullName(p),
		Title:      p.Title,
		Team:       p.Team,
		When:       moment(p.MergedAt, f.Zone),
		Cycle:      duration(p.Timed(f.Business)),
		Pickup:     duration(p.Awaited(f.Business)),
		Size:       dash,
		Rounds:     count(p.Rounds),
		Unreviewed: p.Unreviewed && p.MergedAt != nil,
		Reverted:   p.Reverted,
	}
	if p.Size != nil {
		row.Size = count(*p.Size)
	}
	if p.State == "open" {
		row.When, row.Waits = moment(&p.OpenedAt, f.Zone), who[p.WaitsFor]
	}
	return row
}

// scatter draws each change by when it was merged and how long that took.
func scatter(pulls []figure.Pull, f filter.Filter, total int64) template.HTML {
	s := chart.Scatter{
		Figure: chart.Figure{
			ID:         "each",
			Wide:       true,
			Title:      "Each pull request, ready to merged",
			Definition: "../definitions#cycle",
		},
		From:      f.From,
		To:        f.To,
		Value:     "ready to merged",
		OtherName: "not reviewed",
	}
	var slowest *figure.Pull
	for i, p := range pulls {
		took := p.Timed(f.Business)
		if took == nil || p.MergedAt == nil {
			continue
		}
		if slowest == nil || *took > *slowest.Timed(f.Business) {
			slowest = &pulls[i]
		}
		s.Dots = append(s.Dots, chart.Dot{
			At:    *p.MergedAt,
			Value: float64(*took),
			Label: pullName(p) + ", " + duration(took),
			URL:   "../" + pullPath(p),
			Other: p.Unreviewed,
		})
	}
	s.Sentence = "None has a known time."
	if slowest != nil {
		s.Sentence = fmt.Sprintf("The slowest took %s: %s.", duration(slowest.Timed(f.Business)), pullName(*slowest))
	}
	s.Notes = []string{"a hollow diamond was merged without review"}
	if total > int64(len(pulls)) {
		s.Notes = append(s.Notes, fmt.Sprintf("the newest %d of %d", len(pulls), total))
		s.From = *pulls[len(pulls)-1].MergedAt
	}
	const labels = 5
	for i := range labels {
		at := s.From.Add(time.Duration(float64(s.To.Sub(s.From)) * (float64(i) + 0.5) / labels))
		s.Labels = append(s.Labels, at.In(f.Zone).Format("2 Jan"))
	}
	return s.HTML()
}
