package capacity

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
)

// Measured are the rows of docs/benchmarks.json that the model computes with.
type Measured struct {
	// SQLite is one process on a file; Fleets are PostgreSQL with one, two and four processes that work.
	SQLite fleet
	Fleets []fleet
	// Latency is the median from webhook to check at Call for a call of the forge, with Calls in Trips waits.
	Latency, Call time.Duration
	Calls, Trips  float64
	// First is how many verdicts one installation got in its first minute, Points what each costs of Minute.
	First, Points, Minute float64
}

// fleet is one row of the part processes of the bench.
type fleet struct {
	Workers, Changes     int
	Cores, Idle          float64
	Deliveries, Verdicts float64 // a second, in the burst
	// Web and Work are what the process that takes webhooks and those that look spent on a verdict, the burst's delivery
	// included; Take is what a delivery alone takes, on PostgreSQL.
	Web, Work, Database, Forge   time.Duration
	Take                         Cost
	Taken                        float64 // deliveries a second while nobody works
	Trips, Commits, KB, Log      float64 // for a verdict
	TakeTrips, TakeCommits       float64 // for a delivery alone
	QueueMedian, QueueNinetyNine time.Duration
	// Mean is from a delivery to its verdict, at a steady rate.
	Mean time.Duration
	// Asking is Lintel's time around a question to the database; held are the questions inside transactions.
	Asking, Waking time.Duration
	Held, TakeHeld float64
	// Calls are requests to the forge for a verdict.
	Calls float64
}

// inDatabase is SQLite's part of the processor time of a process, by its profile (docs/adr/0097).
const inDatabase = 1.0 / 3

// Look is what a look takes: all of a verdict but its delivery.
func (f fleet) Look() Cost {
	return Cost{
		Own:          max(0, f.Web-f.Take.Own) + f.Work,
		Database:     max(0, f.Database-f.Take.Database),
		Forge:        max(0, f.Forge-f.Take.Forge),
		Asking:       f.Asking,
		Waking:       f.Waking,
		Asked:        int(math.Round(f.Trips - f.TakeTrips)),
		Held:         int(math.Round(f.Held - f.TakeHeld)),
		Transactions: int(math.Round(f.Commits - f.TakeCommits)),
	}
}

// Waits is how many times in sequence a verdict waits for the forge: the first three calls are made at once. A fifth
// reads what a change was when it was approved, where a process no longer knows it.
func (f fleet) Waits() float64 { return f.Calls - 2 }

// LookTrips and LookHeld are the round trips of a look, and those in transactions.
func (f fleet) LookTrips() float64 { return f.Trips - f.TakeTrips }

func (f fleet) LookHeld() float64 { return f.Held - f.TakeHeld }

// Read reads docs/benchmarks.json. An error names the row or the value that is missing.
func Read(raw []byte) (m Measured, err error) {
	var rows []struct {
		What   string             `json:"what"`
		Values map[string]float64 `json:"values"`
	}
	if err := json.Unmarshal(raw, &rows); err != nil {
		return m, fmt.Errorf("read the measured numbers: %w", err)
	}
	var missing []string
	take := func(what string) func(name string) float64 {
		for _, r := range rows {
			if r.What != what {
				continue
			}
			return func(name string) float64 {
				v, ok := r.Values[name]
				if !ok {
					missing = append(missing, what+": "+name)
				}
				return v
			}
		}
		missing = append(missing, what)
		return func(string) float64 { return 0 }
	}
	one := func(what string) fleet {
		v := take(what)
		return fleet{
			Workers: int(
				v("workers"),
			), Changes: int(v("n")), Cores: v("machine_cores") - v("other_cores"), Idle: v("idle_cores"),
			Deliveries: v("deliveries_per_second"), Verdicts: v("verdicts_per_second"),
			Calls: v(
				"calls",
			), Web: millis(v("web_cpu_ms")), Work: millis(v("worker_cpu_ms")), Database: millis(v("database_cpu_ms")),
			Forge: millis(
				v("forge_cpu_ms"),
			), KB: v("kb"), Log: v("wal_kb"),
			QueueMedian: millis(
				v("queue_p50_ms"),
			), QueueNinetyNine: millis(v("queue_p99_ms")), Mean: millis(v("verdict_mean_ms")),
		}
	}
	for _, workers := range []int{1, 2, 4} {
		what := fmt.Sprintf("processes: PostgreSQL, %d working", workers)
		f, v := one(what), take(what)
		f.Asking, f.Waking = millis(v("asking_cpu_ms")), millis(v("waking_ms"))
		f.Trips, f.Commits = v("round_trips"), v("commits")
		f.Held, f.TakeHeld = v("held_trips"), v("take_held_trips")
		f.Taken, f.TakeTrips, f.TakeCommits = v("taken_per_second"), v("take_round_trips"), v("take_commits")
		f.Take = Cost{
			Own: millis(
				v("take_cpu_ms"),
			), Database: millis(v("take_database_cpu_ms")), Forge: millis(v("take_forge_cpu_ms")),
			Asking: f.Asking, Waking: f.Waking, Asked: int(math.Round(f.TakeTrips)), Held: int(math.Round(f.TakeHeld)), Transactions: 1,
		}
		m.Fleets = append(m.Fleets, f)
	}
	m.SQLite = one("processes: SQLite, one process")
	// One process does both there. The bench cannot tell the parts, so they are shared out as on PostgreSQL.
	base := m.Fleets[0]
	if all := base.Web + base.Work; all > 0 && base.Forge > 0 && base.Trips > 0 {
		one := &m.SQLite
		one.Trips, one.Held, one.Commits = base.Trips, base.Held, base.Commits
		one.TakeTrips, one.TakeHeld, one.TakeCommits = base.TakeTrips, base.TakeHeld, base.TakeCommits
		one.Asking = time.Duration(float64(one.Web) * inDatabase / base.Trips)
		one.Take = base.Take
		one.Take.Own = time.Duration(float64(one.Web) * float64(base.Take.Own) / float64(all))
		one.Take.Forge = time.Duration(float64(one.Forge) * float64(base.Take.Forge) / float64(base.Forge))
		one.Take.Database, one.Take.Asking, one.Take.Waking = 0, one.Asking, 0
	}
	v := take("webhook to check, 50 ms a call")
	m.Latency, m.Call, m.Calls, m.Trips = millis(v("p50_ms")), millis(v("call_ms")), v("calls"), v("trips")
	v = take("one installation alone")
	m.First, m.Points, m.Minute = v("verdicts"), v("points"), v("minute")
	if len(missing) > 0 {
		return m, fmt.Errorf("read the measured numbers: %s is not there", strings.Join(missing, ", "))
	}
	return m, nil
}

func millis(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }
