package figure_test

import (
	"math"
	"testing"

	"github.com/lintel-review/lintel/internal/flow/figure"
)

func TestRank(t *testing.T) {
	for n := int64(0); n < 300; n++ {
		for _, p := range []int64{1, 50, 75, 90, 99, 100} {
			// The smallest rank with rank/n >= p/100, by trying.
			want := int64(0)
			for r := int64(1); r <= n; r++ {
				if r*100 >= p*n {
					want = r
					break
				}
			}
			if got := figure.Rank(n, p); got != want {
				t.Fatalf("p%d of %d is rank %d, want %d", p, n, got, want)
			}
		}
	}
}

// The interval between two ranks holds the median with the chance that the binomial says, and no narrower one would.
func TestMedianRanks(t *testing.T) {
	choose := func(n, k int64) float64 {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(k + 1))
		c, _ := math.Lgamma(float64(n - k + 1))
		return math.Exp(a - b - c - float64(n)*math.Ln2)
	}
	cover := func(n, low, high int64) (sum float64) {
		for k := low; k < high; k++ {
			sum += choose(n, k)
		}
		return sum
	}
	for n := int64(0); n < 400; n++ {
		low, high, ok := figure.MedianRanks(n)
		if !ok {
			if n >= 6 {
				t.Errorf("none for %d", n)
			}
			continue
		}
		if low < 1 || high > n || low+high != n+1 {
			t.Fatalf("%d: ranks %d and %d", n, low, high)
		}
		if c := cover(n, low, high); n <= 200 && c < 0.95 || c < 0.945 {
			t.Errorf("%d: ranks %d to %d hold the median in %.4f", n, low, high, c)
		}
		if n <= 200 && low+1 < high-1 && cover(n, low+1, high-1) >= 0.95 {
			t.Errorf("%d: a narrower interval than %d to %d would do", n, low, high)
		}
	}
}

func TestRate(t *testing.T) {
	if figure.RateOf(19, 19) != nil {
		t.Error("a rate of 19")
	}
	for n := int64(20); n < 60; n++ {
		for k := int64(0); k <= n; k++ {
			r := figure.RateOf(k, n)
			if r.Low < 0 || r.High > 1 || r.Low > r.Share || r.High < r.Share {
				t.Fatalf("%d of %d: %+v", k, n, r)
			}
		}
	}
	if r := figure.RateOf(10, 100); math.Abs(r.Low-0.0552) > 1e-4 || math.Abs(r.High-0.1744) > 1e-4 {
		t.Errorf("%+v", r) // by a published table
	}
}

func TestChange(t *testing.T) {
	now, before := figure.RateOf(56, 70), figure.RateOf(48, 80) // Newcombe 1998, method 10: 0.0524 to 0.3339
	d := figure.Change(now.Estimate(), before.Estimate())
	if d == nil || math.Abs(d.By-0.2) > 1e-9 || math.Abs(d.Low-0.0524) > 1e-3 || math.Abs(d.High-0.3339) > 1e-3 ||
		!d.Sure() {
		t.Errorf("%+v", d)
	}
	if figure.Change(nil, before.Estimate()) != nil || figure.Change(figure.Percentiles{}.Estimate(),
		now.Estimate()) != nil {
		t.Error("a change of what is not known")
	}
}
