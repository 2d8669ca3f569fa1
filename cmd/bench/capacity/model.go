package capacity

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// What the model assumes where nothing is measured here. The page names each.
const (
	// perPull is how many verdicts a pull request gets: it is opened, pushed to four times, reviewed twice, edited once.
	perPull = 8
	// heard is how many deliveries a pull request causes: most are of its checks, which no rule reads.
	heard = 40
	// peak is how much more comes in the busiest hour than in the mean one.
	peak = 4.0
	// filled is how much of a core is planned to be used at the peak.
	filled = 0.6
	// writes is how many commits a second one PostgreSQL with a disk of its own is trusted with.
	writes = 10_000.0
	// least and most are the requests an hour that GitHub grants an installation: to a small one, and in GitHub Enterprise
	// Cloud. https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
	least, most = 5_000.0, 15_000.0
	// keptDays is how long the bulk of a verdict, its evidence, is kept by default.
	keptDays = 90.0
)

// sizes are the pull requests a day that the page reads the model off for.
var sizes = []float64{1_000, 100_000, 10_000_000}

// need is what a number of pull requests a day takes.
type need struct {
	Pulls float64
	// Mean and Peak are verdicts a second, Heard the deliveries a second at the peak.
	Mean, Peak, Heard float64
	// Cores are Lintel's, DatabaseCores PostgreSQL's, both at the peak and with room.
	Cores, DatabaseCores float64
	// Commits, Trips and Log (in MB) are the database's a second at the peak.
	Commits, Trips, Log float64
	// Daily and Kept are bytes of the database in GB, a day and after keptDays.
	Daily, Kept float64
	// Calls are requests to GitHub an hour at the peak; Small and Large how many installations they take at least, with
	// GitHub's smallest grant and its largest.
	Calls, Small, Large float64
	// Cells is how many databases the commits take.
	Cells float64
}

// needs reads the model off.
func (m Measured) needs(pulls float64) need {
	f := m.Fleets[0]
	n, look := need{Pulls: pulls, Mean: pulls * perPull / 86400}, f.Look()
	n.Peak, n.Heard = n.Mean*peak, pulls*heard/86400*peak
	n.Cores = up((n.Heard*f.Take.Own.Seconds() + n.Peak*look.Own.Seconds()) / filled)
	n.DatabaseCores = up((n.Heard*f.Take.Database.Seconds() + n.Peak*look.Database.Seconds()) / filled)
	n.Commits = n.Heard*f.TakeCommits + n.Peak*(f.Commits-f.TakeCommits)
	n.Trips = n.Heard*f.TakeTrips + n.Peak*(f.Trips-f.TakeTrips)
	n.Log = n.Peak * f.Log / 1024
	n.Daily = pulls * perPull * f.KB / (1 << 20)
	n.Kept = n.Daily * keptDays
	n.Calls = n.Peak * 3600 * f.Calls
	n.Small, n.Large = math.Ceil(n.Calls/least), math.Ceil(n.Calls/most)
	n.Cells = math.Ceil(n.Commits / writes)
	return n
}

// up rounds up to halves, at least one half.
func up(x float64) float64 { return max(0.5, math.Ceil(2*x)/2) }

// alone is how many pull requests a day one installation can have at most, by GitHub's grant an hour and by its points a
// minute.
func (m Measured) alone(granted float64) (byHour, byMinute float64) {
	return granted / m.Fleets[0].Calls * 24 / peak / perPull, m.Minute / m.Points * 1440 / peak / perPull
}

// setting is how the bench runs a number of processes that work. What a delivery and a look cost comes from one process
// that works alone, what one more process costs that has nothing to do from the same row: nothing is fitted to the rows of
// two and four, which are foretold.
func (m Measured) setting(workers int) Setting {
	base := m.Fleets[0]
	s := Setting{Cores: base.Cores, Threads: 2, Processes: workers, Places: 64, PerInstallation: 16, // config.Default
		Take: base.Take, Look: base.Look(), Ring: ring, Trips: base.Waits(), Call: m.Call}
	if workers == 0 {
		s.Alone, s.Processes, s.Take, s.Look, s.Ring = true, 1, m.SQLite.Take, m.SQLite.Look(), 0
		s.Trips, s.Cores = m.SQLite.Waits(), m.SQLite.Cores
		return s
	}
	for _, f := range m.Fleets {
		if f.Workers == workers {
			s.Trips, s.Cores = f.Waits(), f.Cores // each process knows what it read itself; others may have used the machine
		}
	}
	s.Cores -= base.Idle / 2 * float64(workers-base.Workers) // two processes were idle there
	return s
}

// ring is how often a process tells the others of jobs at most (internal/queue).
const ring = 25 * time.Millisecond

// point is a number that was measured, and what the simulation gives for it.
type point struct {
	What, Unit          string
	Measured, Simulated float64
}

// Off is how far the simulation is from what was measured, as a part of it.
func (p point) Off() float64 { return math.Abs(p.Simulated-p.Measured) / p.Measured }

// The bench's senders, its installations, and its steady rate of deliveries a second.
const (
	senders       = 8
	installations = 20
	steady        = 20
)

// points plays what was measured.
func (m Measured) points() (all []point) {
	base := m.Fleets[0]
	s := m.setting(base.Workers)
	s.Processes, s.Senders = 0, senders
	n := float64(base.Changes)
	taken := Simulate(s, oneByOne(base.Changes))
	all = append(
		all,
		point{
			"deliveries taken of one repository at a time, nobody works",
			"/s",
			base.Taken,
			n / taken.Taken.Seconds(),
		},
	)
	for _, f := range append([]fleet{m.SQLite}, m.Fleets...) {
		name := "SQLite, one process"
		if f.Workers > 0 {
			name = fmt.Sprintf("PostgreSQL, %d working", f.Workers)
		}
		s := m.setting(f.Workers)
		slow := Simulate(s, spread(f.Changes, time.Second/steady))
		s.Senders = senders
		fast := Simulate(s, spread(f.Changes, 0))
		all = append(
			all,
			point{name + ": verdicts of a burst", "/s", f.Verdicts, float64(f.Changes) / fast.Judged.Seconds()},
			point{
				name + fmt.Sprintf(": delivery to verdict at %d/s, mean", steady),
				" ms",
				inMS(f.Mean),
				inMS(Mean(slow.Needed)),
			},
		)
	}
	one := m.setting(0)
	one.Trips = m.Trips
	o := Simulate(one, []Delivery{{}})
	all = append(all, point{"webhook to check, 50 ms a call", " ms", inMS(m.Latency), inMS(o.Judged)})
	one.Points, one.Minute = int(m.Points), int(m.Minute)
	o = Simulate(one, make([]Delivery, 200))
	first := 0.0
	for i, taken := range o.Acked {
		if taken+o.Waited[i] < time.Minute {
			first++
		}
	}
	return append(all, point{"one installation alone, first minute", " verdicts", m.First, first})
}

// spread are deliveries to the installations in turn.
func spread(n int, every time.Duration) []Delivery {
	all := make([]Delivery, n)
	for i := range all {
		all[i] = Delivery{At: time.Duration(i) * every, Installation: i % installations}
	}
	return all
}

// oneByOne are deliveries of one repository after the other.
func oneByOne(n int) []Delivery {
	all := make([]Delivery, n)
	for i := range all {
		all[i] = Delivery{Installation: i * installations / n}
	}
	return all
}

// waitsAt is how long checks take in a minute of the peak of a load, from webhook to verdict: deliveries come at random
// times, and after half of the minute the work of ten seconds more comes at once.
func (m Measured) waitsAt(pulls float64) (median, ninetyNine time.Duration) {
	n := m.needs(pulls)
	s := m.setting(1)
	s.Take.Forge, s.Look.Forge = 0, 0 // GitHub's own time is on its machines
	s.Cores, s.Processes = n.Cores+n.DatabaseCores, int(math.Ceil(n.Cores))
	var all []Delivery
	random := rand.New(rand.NewPCG(1, 2)) // the same each time
	at, burst := 0.0, false
	for at < 60 {
		at += random.ExpFloat64() / n.Peak
		if at > 30 && !burst {
			burst = true
			for range int(n.Peak * 10) {
				all = append(all, Delivery{At: 30 * time.Second, Installation: random.IntN(97)})
			}
		}
		all = append(all, Delivery{At: time.Duration(at * float64(time.Second)), Installation: random.IntN(97)})
	}
	o := Simulate(s, all)
	for i := range o.Needed {
		o.Needed[i] += o.Acked[i]
	}
	return At(o.Needed, 50), At(o.Needed, 99)
}

func inMS(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
