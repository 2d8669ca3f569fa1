package board

import (
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
)

func TestPastOf(t *testing.T) {
	f := filter.Filter{Zone: time.UTC}
	since := time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		age  figure.Age
		want string
	}{
		{figure.Age{}, ""},
		{figure.Age{Asked: 2, Read: 2, Whole: since}, " It is complete since " + day(since) + "."},
		{figure.Age{Asked: 5, Read: 3, Whole: since},
			" It is complete since " + day(since) + ". The past of 2 of 5 repositories is not read yet."},
		{figure.Age{Asked: 1}, " The past of 1 of 1 repositories is not read yet."},
	} {
		if got := pastOf(c.age, f); got != c.want {
			t.Errorf("%+v: %q, want %q", c.age, got, c.want)
		}
	}
}
