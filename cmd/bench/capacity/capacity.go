// Package capacity is the model of what a number of processes takes: a simulation that plays deliveries event by event,
// and the page docs/scale.md, which reads it off for installations of three sizes.
//
// Callers may rely on: nothing here reads a clock or a file; equal input gives an equal answer.
package capacity

import (
	"math"
	"slices"
	"time"
)

// Setting is what a simulation starts from.
type Setting struct {
	// Cores is how much processor time passes in a second of the clock, for everything together.
	Cores float64
	// Threads is how many cores one process of Lintel, or the forge, uses at once.
	Threads int
	// Processes look at changes, each at most at Places changes at once, and PerInstallation of one installation. Another
	// process takes deliveries, unless Alone says that one does all, with a database that has one writer.
	Processes, Places, PerInstallation int
	Alone                              bool
	// Take and Look are what taking a delivery and looking at a change cost.
	Take, Look Cost
	// Ring is how often the process that takes deliveries tells the others of jobs at most: at once, then together.
	Ring time.Duration
	// Trips is how many times in sequence a look waits for the forge in the mean, Call for how long each time.
	Trips float64
	Call  time.Duration
	// Points is what a look takes of the Minute points that the forge grants an installation in a minute (0: no bound).
	Points, Minute int
	// Senders deliver one after another, each when its last delivery was taken (0: at their times).
	Senders int
}

// Cost is processor time, by who spends it: a process of Lintel, the database, and the forge with whoever delivers. The
// database's is spread over Asked questions in sequence, of which Held are in so many Transactions, which exclude each
// other where they are of one installation's repository. Between, Lintel spends Own: Asking around each question, the
// rest of it where it works on nothing of the database's. Waking passes with each question while nobody works.
type Cost struct {
	Own, Database, Forge time.Duration
	Asking, Waking       time.Duration
	Asked, Held          int
	Transactions         int
}

// Delivery is one webhook, of an installation's one repository, that asks for a look.
type Delivery struct {
	At           time.Duration
	Installation int
}

// Outcome is what became of deliveries: the times until the last one was taken and judged, since the first, and for each
// delivery how long it took until it was taken, from then until its look began, and from then until its verdict.
type Outcome struct {
	Taken, Judged         time.Duration
	Acked, Waited, Needed []time.Duration
}

// At is the smallest time that p per cent of all do not exceed.
func At(times []time.Duration, p float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	rank := int(math.Ceil(float64(len(sorted)) * p / 100))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// Mean is the arithmetic mean.
func Mean(times []time.Duration) (mean time.Duration) {
	for _, t := range times {
		mean += t
	}
	return mean / time.Duration(max(1, len(times)))
}

// The stations where processor time is spent; those after takes are the processes that look.
const (
	database = iota
	forge
	takes
)

// piece is a part of the way of a delivery: processor time at a station or, where that is none of them, a wait for a
// time, for the installation's repository, or its end.
type piece struct {
	station int
	need    time.Duration
}

const (
	waits = -1 - iota
	holds
	frees
)

// work is one delivery on its way.
type work struct {
	Delivery
	sent, taken, begins, judged time.Duration
	process                     int
	looks                       bool
	rest                        []piece
	left                        float64       // of the first piece, at a station
	due                         time.Duration // of the first piece, when it is a wait
}

// play is a simulation. Each delivery is in one place: unsent, held at stations, asleep until due, waiting for its
// repository, untold, in the queue, or done.
type play struct {
	Setting
	now      time.Duration
	unsent   []*work
	stations [][]*work
	asleep   []*work
	// waiting are those that wait for a repository that another one holds.
	held    map[int]bool
	waiting map[int][]*work
	// untold are taken, and no process knows; told is when the others were told of a job last.
	untold []*work
	told   time.Duration
	queue  []*work
	// busy counts the looks of each process, of the process's installations and all.
	busy []int
	each []map[int]int
	// spent are the points of an installation in a minute.
	spent map[[2]int]int
	// owed is the part of a wait for the forge that looks until now did not take.
	owed float64
}

// Simulate plays deliveries, which are sorted by time, until each has its verdict.
//
// The kernel shares cores evenly among threads that have work, and none has more than one. A process of Lintel and the
// forge have Threads of them, the database one for each question; within a process all work is served evenly.
func Simulate(s Setting, deliveries []Delivery) (o Outcome) {
	p := &play{
		Setting:  s,
		stations: make([][]*work, takes+1+s.Processes),
		busy:     make([]int, s.Processes),
		spent:    map[[2]int]int{},
		held:     map[int]bool{},
		waiting:  map[int][]*work{},
		told:     -s.Ring,
	}
	for range s.Processes {
		p.each = append(p.each, map[int]int{})
	}
	all := make([]*work, len(deliveries))
	for i, d := range deliveries {
		all[i] = &work{Delivery: d}
	}
	p.unsent = all
	for range min(s.Senders, len(all)) {
		p.send()
	}
	for p.step() {
	}
	for _, w := range all {
		o.Taken, o.Judged = max(o.Taken, w.taken), max(o.Judged, w.judged)
		o.Acked = append(o.Acked, w.taken-w.sent)
		o.Waited = append(o.Waited, w.begins-w.taken)
		o.Needed = append(o.Needed, w.judged-w.taken)
	}
	return o
}

const never = time.Duration(math.MaxInt64)

// step lets time pass until the next thing happens, and has it happen. It is false when nothing will.
func (p *play) step() bool {
	for p.Senders == 0 && len(p.unsent) > 0 && p.unsent[0].At <= p.now {
		p.send()
	}
	p.tell()
	p.hire()
	next := p.next()
	speeds := p.speeds()
	for i, held := range p.stations {
		for _, w := range held {
			next = min(next, p.now+time.Duration(math.Ceil(w.left/speeds[i])))
		}
	}
	if next == never {
		return false
	}
	passed := float64(next - p.now)
	p.now = next
	var ended []*work
	for i, held := range p.stations {
		p.stations[i] = slices.DeleteFunc(held, func(w *work) bool {
			w.left -= passed * speeds[i]
			return p.end(w, w.left < 1, &ended)
		})
	}
	p.asleep = slices.DeleteFunc(p.asleep, func(w *work) bool { return p.end(w, w.due <= p.now, &ended) })
	for _, w := range ended {
		p.move(w)
	}
	return true
}

// next is when something happens that no station does.
func (p *play) next() time.Duration {
	next := never
	if p.Senders == 0 && len(p.unsent) > 0 {
		next = p.unsent[0].At
	}
	if len(p.untold) > 0 {
		next = min(next, p.told+p.Ring)
	}
	if p.Minute > 0 && len(p.queue) > 0 {
		next = min(next, p.now.Truncate(time.Minute)+time.Minute)
	}
	for _, w := range p.asleep {
		next = min(next, w.due)
	}
	return next
}

func (p *play) end(w *work, over bool, ended *[]*work) bool {
	if over {
		w.rest = w.rest[1:]
		*ended = append(*ended, w)
	}
	return over
}

// speeds are how much processor time each piece of work at a station gets in a unit of time.
func (p *play) speeds() []float64 {
	speeds, threads := make([]float64, len(p.stations)), 0
	for i, held := range p.stations {
		threads += p.threads(i, len(held))
	}
	share := min(1, p.Cores/float64(max(1, threads)))
	for i, held := range p.stations {
		if len(held) > 0 {
			speeds[i] = share * float64(p.threads(i, len(held))) / float64(len(held))
		}
	}
	return speeds
}

func (p *play) threads(station, held int) int {
	if station == database {
		return held
	}
	return min(held, p.Threads)
}

// send delivers the next delivery.
func (p *play) send() {
	w := p.unsent[0]
	p.unsent = p.unsent[1:]
	w.sent = p.now
	own := takes
	if p.Alone {
		own = takes + 1
	}
	w.rest = append(
		[]piece{{forge, p.Take.Forge}, {own, p.Take.working()}},
		p.Take.transactions(own, p.Take.Transactions)...,
	)
	p.move(w)
}

// working is Lintel's time where it asks nothing of the database.
func (c Cost) working() time.Duration { return c.Own - time.Duration(c.Asked)*c.Asking }

// transactions are so many of the cost's transactions, of a process's station.
func (c Cost) transactions(own, n int) (all []piece) {
	for range n {
		all = append(all, piece{holds, 1})
		for range c.Held / max(1, c.Transactions) {
			all = append(all, c.question(own)...)
		}
		all = append(all, piece{frees, 1})
	}
	return all
}

// question asks the database once.
func (c Cost) question(own int) []piece {
	return []piece{{waits, c.Waking}, {own, c.Asking}, {database, c.Database / time.Duration(max(1, c.Asked))}}
}

// look is the way of a look: it reads, waits for the forge, judges, saves, and waits for the forge again; then it notes
// what became of it.
func (p *play) look(process int) (all []piece) {
	c, own := p.Look, takes+1+process
	for range c.Asked - c.Held {
		all = append(all, c.question(own)...)
	}
	p.owed += p.Trips
	trips := int(p.owed + 1e-9)
	p.owed -= float64(trips)
	parts := time.Duration(max(1, trips))
	for i := range parts {
		all = append(all, piece{own, c.working() / parts})
		if i == parts-1 {
			all = append(all, c.transactions(own, c.Transactions/2)...)
		}
		all = append(all, piece{forge, c.Forge / parts})
		if trips > 0 {
			all = append(all, piece{waits, p.Call})
		}
	}
	return append(all, c.transactions(own, c.Transactions-c.Transactions/2)...)
}

// tell has the processes know of the jobs that were taken.
func (p *play) tell() {
	if len(p.untold) > 0 && p.now >= p.told+p.Ring {
		p.told = p.now
		p.queue = append(p.queue, p.untold...)
		p.untold = nil
	}
}

// hire gives free places to those that wait, the oldest first, at the process that has the most.
func (p *play) hire() {
	p.queue = slices.DeleteFunc(p.queue, func(w *work) bool {
		free := -1
		for i := range p.busy {
			if p.busy[i] < p.Places && p.each[i][w.Installation] < p.PerInstallation &&
				(free < 0 || p.busy[i] < p.busy[free]) {
				free = i
			}
		}
		minute := [2]int{w.Installation, int(p.now / time.Minute)}
		if free < 0 || p.Minute > 0 && p.spent[minute]+p.Points > p.Minute {
			return false
		}
		p.spent[minute] += p.Points
		p.busy[free]++
		p.each[free][w.Installation]++
		w.process, w.looks, w.begins = free, true, p.now
		w.rest = p.look(free)
		p.move(w)
		return true
	})
}

// move brings a work to where its next piece is done, or to what follows the last one.
func (p *play) move(w *work) {
	for len(w.rest) > 0 {
		switch next := w.rest[0]; {
		case next.need == 0:
		case next.station == waits:
			w.due = p.now + next.need
			p.asleep = append(p.asleep, w)
			return
		case next.station == holds && p.held[p.writes(w)]:
			p.waiting[p.writes(w)] = append(p.waiting[p.writes(w)], w)
			return
		case next.station == holds:
			p.held[p.writes(w)] = true
		case next.station == frees:
			p.free(p.writes(w))
		default:
			w.left = float64(next.need)
			p.stations[next.station] = append(p.stations[next.station], w)
			return
		}
		w.rest = w.rest[1:]
	}
	switch {
	case w.looks:
		w.judged = p.now
		p.busy[w.process]--
		p.each[w.process][w.Installation]--
	default:
		p.took(w)
	}
}

// writes is what excludes others while it is written: the repository, or all of a database with one writer.
func (p *play) writes(w *work) int {
	if p.Alone {
		return 0
	}
	return w.Installation
}

// free gives what is written to the next that waits for it.
func (p *play) free(written int) {
	p.held[written] = false
	if waiting := p.waiting[written]; len(waiting) > 0 {
		p.waiting[written] = waiting[1:]
		p.move(waiting[0])
	}
}

// took notes that a delivery was acknowledged; its sender goes on.
func (p *play) took(w *work) {
	w.taken = max(p.now, 1) // 0 is not yet
	p.untold = append(p.untold, w)
	if p.Senders > 0 && len(p.unsent) > 0 {
		p.send()
	}
}
