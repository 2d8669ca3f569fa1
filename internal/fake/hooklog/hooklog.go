// Package hooklog delivers webhooks the way GitHub and GitLab do and keeps the delivery log that their receiver can read.
// One at a time and in order, ten seconds each, signed, and never sent again unless somebody asks.
//
// A Fate decides what happens to each delivery, so a test can lose, repeat, delay and reorder them. Everything is safe
// for concurrent use.
package hooklog

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// answerTime is how long GitHub waits for a receiver's answer.
const answerTime = 10 * time.Second

// Hook is where webhooks go. Only one payload format exists here: application/json.
type Hook struct {
	ID, AppID   int64 // AppID keeps the logs of several receivers apart
	URL, Secret string
	// Headers are those of a delivery; nil writes GitHub's.
	Headers func(guid string, body []byte) map[string]string
	// Done is told of each attempt after it; nil is nobody.
	Done func(Delivery)
}

// Event is something to tell an App.
type Event struct {
	Name, Action               string
	InstallationID, Repository int64
	Payload                    any // encoded as JSON when it is sent
}

// Delivery is one attempt, as the log keeps it.
type Delivery struct {
	ID              int64
	GUID            string
	AppID           int64
	DeliveredAt     time.Time
	Redelivery      bool
	Duration        time.Duration
	Status          string // OK, or what went wrong
	StatusCode      int    // 0 when there was no answer
	Event           Event
	RequestHeaders  map[string]string
	Payload         json.RawMessage
	ResponseHeaders map[string]string
	Response        string
}

// Failed reports whether the receiver did not answer 2xx.
func (d Delivery) Failed() bool { return d.StatusCode < 200 || d.StatusCode > 299 }

// Fate is what happens to one delivery. The zero value delivers it once.
type Fate struct {
	Fail   bool          // it never reaches the receiver and stands in the log as failed
	Lose   bool          // it never reaches the receiver and stands in no log
	Copies int           // how often beyond the first it arrives, under the same GUID
	Delay  time.Duration // it waits so long, and the ones after it overtake it
	Hold   bool          // it waits for Release
}

// Log is the queue and the record of one hub.
type Log struct {
	client *http.Client
	now    func() time.Time
	keep   int

	mu      sync.Mutex
	idle    *sync.Cond
	queue   []*work
	pending int // queued, under way or delayed; what is held does not count
	held    []*work
	fate    func(Event) Fate
	done    []Delivery // oldest first
	nextID  int64
	closed  bool
	stop    context.CancelFunc
	ctx     context.Context
}

type work struct {
	hook       Hook
	event      Event
	guid       string
	payload    json.RawMessage
	redelivery bool
	fate       Fate
}

// New starts the delivery of webhooks by so many workers; 1 keeps the order. keep bounds the log. timeout is how long a
// delivery waits for its answer, 0 as long as GitHub does.
func New(workers, keep int, timeout time.Duration, now func() time.Time) *Log {
	l := &Log{now: now, keep: keep, nextID: 1 << 40, client: &http.Client{
		Timeout:       cmp.Or(timeout, answerTime),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second},
	}}
	l.idle = sync.NewCond(&l.mu)
	l.ctx, l.stop = context.WithCancel(context.Background())
	for range max(1, workers) {
		go l.work()
	}
	return l
}

// Close drops what is not delivered yet and ends the workers.
func (l *Log) Close() {
	l.stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed, l.queue, l.held = true, nil, nil
	l.idle.Broadcast()
	l.client.CloseIdleConnections()
}

// SetFate decides on every delivery queued from now on; nil delivers all. f runs while the hub is locked: it must not
// call it.
func (l *Log) SetFate(f func(Event) Fate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fate = f
}

// Send queues an event.
func (l *Log) Send(hook Hook, e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || hook.URL == "" {
		return
	}
	w := &work{hook: hook, event: e, guid: newGUID()}
	if l.fate != nil {
		w.fate = l.fate(e)
	}
	if w.fate.Lose {
		return
	}
	if w.fate.Hold {
		l.held = append(l.held, w)
		return
	}
	l.push(w)
}

func (l *Log) push(w *work) {
	l.pending++
	if w.fate.Delay > 0 {
		delay := w.fate.Delay
		w.fate.Delay = 0
		time.AfterFunc(delay, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.queue = append(l.queue, w)
			l.idle.Broadcast()
		})
		return
	}
	l.queue = append(l.queue, w)
	l.idle.Broadcast()
}

// Held lists the events that wait for Release, in the order they came.
func (l *Log) Held() []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Event, len(l.held))
	for i, w := range l.held {
		out[i] = w.event
	}
	return out
}

// Release queues held events by their places in Held, in the order given; a place may come twice (the same GUID arrives
// twice). What is not named is dropped without a trace.
func (l *Log) Release(order ...int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, i := range order {
		if i >= 0 && i < len(l.held) {
			l.push(l.held[i])
		}
	}
	l.held = nil
}

// Redeliver sends a delivery of this App again under its GUID. It answers false if the log does not have it.
func (l *Log) Redeliver(hook Hook, id int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range l.done {
		if d.ID == id && d.AppID == hook.AppID {
			l.push(&work{hook: hook, event: d.Event, guid: d.GUID, payload: d.Payload, redelivery: true})
			return true
		}
	}
	return false
}

// Deliveries is the log of one App, newest first.
func (l *Log) Deliveries(app int64) []Delivery {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Delivery
	for i := len(l.done) - 1; i >= 0; i-- {
		if l.done[i].AppID == app {
			out = append(out, l.done[i])
		}
	}
	return out
}

// Wait returns when everything queued has been delivered or has failed. What is held does not count.
func (l *Log) Wait(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.idle.Broadcast()
	})
	defer stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.pending > 0 && !l.closed {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("wait for %d webhook deliveries: %w", l.pending, err)
		}
		l.idle.Wait()
	}
	return nil
}

func newGUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Sign is the value of X-Hub-Signature-256.
func Sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}
