package capacity

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write docs/scale.md anew")

func measured(t *testing.T) Measured {
	t.Helper()
	raw, err := os.ReadFile("../../../docs/benchmarks.json")
	if err != nil {
		t.Fatal(err)
	}
	m, err := Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestPublishedScale holds docs/scale.md to the model and the measured numbers.
func TestPublishedScale(t *testing.T) {
	page, err := Page(measured(t))
	if err != nil {
		t.Fatal(err)
	}
	const path = "../../../docs/scale.md"
	if *update {
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != page {
		t.Errorf("docs/scale.md is not what the model says; run make generate (%v)", err)
	}
}

// TestSimulationReproducesMeasured: what was measured comes out of the simulation within a fifth.
func TestSimulationReproducesMeasured(t *testing.T) {
	for _, p := range measured(t).points() {
		if p.Off() > 0.2 {
			t.Errorf("%s: measured %.1f%s, simulated %.1f", p.What, p.Measured, p.Unit, p.Simulated)
		}
	}
}

// TestSimulate holds the simulation to what can be computed by hand.
func TestSimulate(t *testing.T) {
	ms := time.Millisecond
	plain := Setting{
		Cores:           2,
		Threads:         2,
		Processes:       1,
		Places:          100,
		PerInstallation: 100,
		Take:            Cost{Own: ms},
		Look:            Cost{Own: 9 * ms},
	}
	many := make([]Delivery, 100)
	looks := func(change func(*Setting)) Setting {
		return with(plain, func(s *Setting) { s.Take = Cost{}; change(s) })
	}
	for name, c := range map[string]struct {
		s      Setting
		judged time.Duration
	}{
		"both cores are full: 100 x 10 ms": {plain, 500 * ms},
		"half a core":                      {with(plain, func(s *Setting) { s.Cores = 0.5 }), 2000 * ms},
		"all in one process":               {with(plain, func(s *Setting) { s.Alone = true }), 500 * ms},
		"one alone has one core":           {looks(func(s *Setting) { s.Places = 1 }), 900 * ms},
		"a process has so many threads":    {looks(func(s *Setting) { s.Threads = 1 }), 900 * ms},
		"a statement has one of its own": {
			looks(func(s *Setting) { s.Threads, s.Look = 1, Cost{Database: 9 * ms, Asked: 1} }),
			450 * ms,
		},
		"one place: each waits for the forge, too": {
			looks(func(s *Setting) { s.Places, s.Trips, s.Call = 1, 2, 50*ms }),
			10900 * ms,
		},
		"many wait for it at once": {
			looks(func(s *Setting) { s.Look, s.Trips, s.Call = Cost{}, 2, 50*ms }),
			100 * ms,
		},
		"the forge's time counts": {
			looks(func(s *Setting) { s.Look, s.Trips, s.Call = Cost{Forge: 8 * ms}, 2, ms }),
			402 * ms,
		},
		"a second process has a place of its own": {
			looks(func(s *Setting) { s.Places, s.Processes = 1, 2 }),
			450 * ms,
		},
		"one installation's places": {looks(func(s *Setting) { s.PerInstallation = 1 }), 900 * ms},
		"points for 60 a minute: the second minute": {
			looks(func(s *Setting) { s.Points, s.Minute = 10, 600 }),
			time.Minute + 180*ms,
		},
		"two minutes, when they are enough for one of": {
			looks(func(s *Setting) { s.Points, s.Minute = 10, 500 }),
			time.Minute + 225*ms,
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := Simulate(c.s, many)
			if off := o.Judged - c.judged; off.Abs() > 2*ms {
				t.Errorf("judged after %v, want %v", o.Judged, c.judged)
			}
		})
	}
	o := Simulate(with(plain, func(s *Setting) { s.Senders, s.Look = 1, Cost{} }), many)
	if o.Taken.Round(ms) != 100*ms || At(o.Acked, 99).Round(ms) != ms {
		t.Errorf("one sender: taken after %v, each in %v", o.Taken, At(o.Acked, 99))
	}
	// A transaction excludes those of its repository, and all others where there is one writer.
	asks := Setting{
		Cores: 2, Threads: 2, Senders: 4,
		Take: Cost{Database: 10 * ms, Asked: 10, Held: 10, Transactions: 1},
	}
	inTurn := make([]Delivery, 100)
	for i := range inTurn {
		inTurn[i].Installation = i % 4
	}
	if o := Simulate(asks, many); (o.Taken - 1000*ms).Abs() > 2*ms {
		t.Errorf("deliveries of one repository were taken after %v", o.Taken)
	}
	if o := Simulate(asks, inTurn); (o.Taken - 500*ms).Abs() > 2*ms {
		t.Errorf("deliveries of four repositories were taken after %v", o.Taken)
	}
	if o := Simulate(with(asks, func(s *Setting) { s.Take.Waking = ms }), many); (o.Taken - 2000*ms).Abs() > 2*ms {
		t.Errorf("deliveries of one repository, whose questions wait to be woken, were taken after %v", o.Taken)
	}
	alone := with(asks, func(s *Setting) { s.Alone, s.Processes = true, 1 })
	if o := Simulate(alone, inTurn); (o.Taken - 1000*ms).Abs() > 2*ms {
		t.Errorf("deliveries to one writer were taken after %v", o.Taken)
	}
	rung := Simulate(
		with(plain, func(s *Setting) { s.Ring = 30 * ms }),
		[]Delivery{{At: 0}, {At: 5 * ms}, {At: 50 * ms}},
	)
	if rung.Waited[0] != 0 || rung.Waited[1].Round(ms) != 25*ms || rung.Waited[2].Round(ms) != 10*ms {
		t.Errorf("jobs were told of after %v", rung.Waited)
	}
	half := Simulate(
		with(plain, func(s *Setting) { s.Trips, s.Call = 1.5, 50*ms }),
		[]Delivery{{At: 0}, {At: time.Second}},
	)
	if half.Needed[0].Round(ms) != 59*ms || half.Needed[1].Round(ms) != 109*ms {
		t.Errorf("every second look waits twice: %v", half.Needed)
	}
	apart := Simulate(plain, []Delivery{{At: 0}, {At: time.Second}})
	if apart.Judged.Round(ms) != 1010*ms || At(apart.Needed, 100).Round(ms) != 9*ms ||
		Mean(apart.Acked).Round(ms) != ms {
		t.Errorf("apart: %v, %v", apart.Judged, apart.Needed)
	}
	// Whoever takes deliveries has a thread's share, however many looks run beside it.
	full := with(plain, func(s *Setting) { s.Cores, s.Threads, s.Take = 1, 1, Cost{Own: 10 * ms} })
	o = Simulate(full, append(make([]Delivery, 100), Delivery{At: 1500 * ms}))
	if last := o.Acked[100].Round(ms); last != 20*ms {
		t.Errorf("a delivery beside a full process was taken in %v", last)
	}
	if o := Simulate(with(plain, func(s *Setting) { s.Processes = 0 }), many); o.Judged != 0 ||
		o.Taken.Round(ms) != 50*ms {
		t.Errorf("nobody works: judged after %v, taken after %v", o.Judged, o.Taken)
	}
}

func with(s Setting, change func(*Setting)) Setting {
	change(&s)
	return s
}

func TestReadNamesWhatIsMissing(t *testing.T) {
	if _, err := Read([]byte(`[]`)); err == nil || !strings.Contains(err.Error(), "processes: SQLite, one process") ||
		!strings.Contains(err.Error(), "processes: PostgreSQL, 4 working") {
		t.Errorf("nothing measured: %v", err)
	}
	if _, err := Read([]byte(`{`)); err == nil {
		t.Error("no JSON is read")
	}
}
