package fleet

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// many are sixty repositories: the 7th fails, the 8th and 9th wait, the 10th refuses, the 11th pays, others are idle.
func many() []Repository {
	var all []Repository
	for i := range 60 {
		r := Repository{Name: fmt.Sprintf("acme/service-%02d", i)}
		switch i {
		case 7:
			r.Open, r.Waiting, r.Failing, r.WaitingSince = 1, 1, 1, at
		case 8:
			r.Open, r.Waiting, r.WaitingSince = 2, 1, at.Add(-time.Hour)
		case 9:
			r.Open, r.Waiting, r.WaitingSince = 2, 1, at.Add(-2*time.Hour)
		case 10:
			r.Open, r.Refused = 3, 2
		case 11:
			r.Open, r.Calls, r.Micro = 1, 4, 2_500_000
		}
		all = append(all, r)
	}
	return all
}

func TestAnswer(t *testing.T) {
	for query, want := range map[string]string{
		"":                   "60 07 09 08 10 00 more",
		"page=2":             "60 50 51 52 53 54",
		"page=9":             "60",
		"q=SERVICE+0":        "15 07 09 08 10 00", // 0 to 9, and 10, 20 to 50
		"q=shop":             "0",
		"state=failing":      "1 07",
		"state=waiting":      "3 07 09 08",
		"state=refused":      "1 10",
		"state=paid":         "1 11",
		"state=idle":         "55 00 01 02 03 04 more",
		"state=waiting&q=09": "1 09",
	} {
		v, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		q, problem := Ask(v)
		if problem != "" {
			t.Errorf("%s: %s", query, problem)
		}
		list := q.Answer(many())
		got := fmt.Sprint(list.Found)
		for _, r := range list.Repositories[:min(5, len(list.Repositories))] {
			got += " " + r.Name[len(r.Name)-2:]
		}
		if list.More {
			got += " more"
		}
		if got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
}

func TestAskedWrongly(t *testing.T) {
	for query, want := range map[string]string{
		"state=nope": "there is no state", "page=0": "no number", "page=x": "no number", "page=-1": "no number",
		"q=" + strings.Repeat("x", 201): "longer than 200",
	} {
		v, _ := url.ParseQuery(query)
		if _, problem := Ask(v); !strings.Contains(problem, want) {
			t.Errorf("%s: %q", query, problem)
		}
	}
}

func TestValuesLeadBack(t *testing.T) {
	q := Question{Text: "a b", State: Waiting, Page: 3}
	if got, problem := Ask(q.Values(3)); problem != "" || got != q {
		t.Errorf("%+v %s", got, problem)
	}
}

func TestSum(t *testing.T) {
	got := Sum(many())
	if got.Open != 9 || got.Waiting != 3 || got.Failing != 1 || got.Refused != 2 || got.Micro != 2_500_000 ||
		!got.WaitingSince.Equal(at.Add(-2*time.Hour)) {
		t.Errorf("%+v", got)
	}
}
