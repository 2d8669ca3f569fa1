// Package metrics is what the server counts, as Prometheus reads it. docs/metrics.md defines every metric.
//
// Callers may rely on: a label never has a value that a stranger chose, and a gauge whose source does not answer within
// two seconds is -1. No type of the Prometheus client leaves this package.
package metrics

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/lookjobs"
	"github.com/lintel-review/lintel/internal/policy"
	cireport "github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/upload"
)

// Metrics are the metrics of one process. Its methods are safe for concurrent use.
type Metrics struct {
	registry     *prometheus.Registry
	deliveries   *prometheus.CounterVec
	hooks        *prometheus.CounterVec
	verdicts     *prometheus.CounterVec
	effects      *prometheus.CounterVec
	requests     *prometheus.CounterVec
	verdictAfter prometheus.Histogram
	waited       prometheus.Histogram
	looks        *prometheus.HistogramVec
	working      working
	uploading    uploading
	advising     advising
	// all are the collectors in the order of their registration.
	all []prometheus.Collector
}

// register registers collectors. The same one twice panics: the wiring is wrong.
func (m *Metrics) register(all ...prometheus.Collector) {
	m.all = append(m.all, all...)
	m.registry.MustRegister(all...)
}

// uploading counts the reports that CI uploads.
type uploading struct {
	uploads *prometheus.CounterVec
	bytes   prometheus.Counter
	parsing *prometheus.HistogramVec
}

// advising counts what advice does.
type advising struct {
	consults, looks, tokens, drops, problems *prometheus.CounterVec
	calls, dollars                           prometheus.Counter
	seconds                                  prometheus.Histogram
}

func newAdvising() advising {
	return advising{
		consults: counters("lintel_advice_total",
			"Steps of advice: posted, nothing to say (read whole, without a comment), skipped (nothing for a model to read, a draft, "+
				"a bot), failed, stale (a newer head came), put off (retried later: the model or the forge was busy).", "outcome"),
		looks: counters("lintel_advice_looks_total",
			"Advice by how much of the change the model read: whole, partial, nothing.", "extent"),
		tokens: counters("lintel_advice_tokens_total",
			"Tokens as the endpoint counts them: in, cached (part of in), out, reasoning (part of out).", "kind"),
		drops: counters("lintel_advice_drops_total",
			"Findings that the gates between the model and people dropped; docs/advice.md names the gates.", "gate"),
		problems: counters("lintel_advice_problems_total",
			"Questions without a usable answer: limited, timeout, length, refusal, filtered, empty, broken, server, unreachable, "+
				"unauthorised, budget, too_large, unusable.", "kind"),
		calls:   counter("lintel_advice_calls_total", "Questions to the model, including those without a usable answer."),
		dollars: counter("lintel_advice_dollars_total", "What the questions cost in US dollars, where the price of the model is known."),
		seconds: histogram("lintel_advice_seconds",
			"How long the model took for one change, including the checks of its answers."),
	}
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

var buckets = []float64{.005, .01, .025, .05, .1, .15, .2, .25, .5, 1, 2, 5, 10, 30, 60, 300}

func histogram(name, help string) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
}

func histograms(name, help string, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
}

func gauge(name, help string, read func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read)
}

// Lag says how many changes have something newer than their last verdict, and how long the oldest of them has waited.
type Lag func(context.Context) (waiting int, oldest time.Duration, err error)

// New registers what every process of Lintel counts.
func New(lag Lag) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		deliveries: counters("lintel_deliveries_total",
			"Deliveries with a valid signature, by the forge's name of the event: accepted, ignored (no rule reads what changed, or it "+
				"is not about us; no call to the forge is made), repeat, refused (could not be stored).", "event", "outcome"),
		hooks: counters("lintel_hook_requests_total",
			"Every POST to the webhook: accepted and ignored (stored, 202), repeat (a delivery id seen before, 202), unsigned "+
				"(401), malformed (signed and not readable, or cut off, 400), too_large (413), wrong_type (not application/json, "+
				"415), slow (the body took more than ten seconds, 408), busy (too many at once, 503), failed (could not be "+
				"stored, 503). After busy and failed nothing is stored; the sweep asks GitHub to redeliver.", "outcome"),
		verdicts: counters("lintel_verdicts_total",
			"Verdicts, success or failure; also those equal to the published one, which are not published again.", "conclusion"),
		effects: counters("lintel_effects_total",
			"Writes to the forge, check or comment. found is true when the forge already had it: the receipt was lost, for "+
				"instance in a crash. A steady share of true is worth a look.",
			"kind", "found"),
		requests: counters("lintel_forge_requests_total",
			"Every HTTP request to the forge, including those for tokens. Status 0 means that no answer came; 403 and 429 are "+
				"refusals, often rate limits.", "method", "status"),
		verdictAfter: histogram("lintel_delivery_to_verdict_seconds",
			"How long a developer waits: from the time the newest event about a change was stored until its verdict is on the forge, "+
				"retries included. One observation for each look that published, or found that nothing had to be published."),
		waited: histogram("lintel_look_wait_seconds",
			"From the time a job was due to the start of its look: the gathering window (workers.gather: the second look at a "+
				"change starts no sooner than that after the first), the wait for a free worker and for one of the "+
				"connection's places, but not time in back-off or under a rate limit."),
		looks: histograms("lintel_look_seconds",
			"Duration of one look at a change: done; again (done, and an event came meanwhile, so a fresh job follows); retry (a "+
				"fault; retried with back-off); limited (the forge's rate limit; retried when it ends); refused (the forge "+
				"refuses; not retried before the next event or sweep).", "outcome"),
	}
	m.working = newWorking()
	m.advising = newAdvising()
	m.uploading = uploading{
		uploads: counters("lintel_report_uploads_total",
			"Reports that CI uploaded, and those that Lintel fetched from runs of forks. Kinds: coverage, lint, final (CI said that "+
				"it has sent everything), unknown (refused before the kind was known). Outcomes: stored, repeat (the same report "+
				"by the same token), older (of an earlier attempt of the run), unread (no rule reads reports), bad_artifact, or "+
				"the error with which the API refused it. Many unauthorized mean a client with a wrong audience, or an attack.",
			"kind", "outcome"),
		bytes: counter("lintel_report_bytes_total",
			"Bytes of reports as received, including those of refused reports as far as they were read."),
		parsing: histograms("lintel_report_parse_seconds",
			"From the first byte of a report to its line sets: network, decompression and parser together. A slow client shows here.",
			"kind"),
	}
	m.register(m.working.running, m.working.seconds,
		m.hooks, m.deliveries, m.verdicts, m.effects, m.requests, m.verdictAfter, m.waited, m.looks,
		gauge("lintel_changes_waiting",
			"Changes with something newer than their last verdict; -1 when the database does not answer.",
			inTime(func(ctx context.Context) (float64, error) {
				waiting, _, err := lag(ctx)
				return float64(waiting), err
			})),
		gauge("lintel_queue_lag_seconds",
			"How long the longest-waiting change has waited, 0 when none waits, -1 when the database does not answer. /readyz fails "+
				"above 300.",
			inTime(func(ctx context.Context) (float64, error) {
				_, oldest, err := lag(ctx)
				return oldest.Seconds(), err
			})))
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// inTime reads a gauge within two seconds.
func inTime(read func(context.Context) (float64, error)) func() float64 {
	return func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		n, err := read(ctx)
		if err != nil {
			return -1 // a gauge cannot fail; -1 is no real value, and /readyz says what is wrong
		}
		return n
	}
}

// JobsGivenUp registers how many jobs failed for good.
func (m *Metrics) JobsGivenUp(count func(context.Context) (int, error)) {
	m.register(gauge("lintel_jobs_given_up",
		"Jobs that were tried ten times, or that the forge refused, in the last seven days. The sweep requests the changes "+
			"behind them again. -1 when the database does not answer.",
		inTime(func(ctx context.Context) (float64, error) {
			n, err := count(ctx)
			return float64(n), err
		})))
}

// Delivery counts an authenticated delivery.
func (m *Metrics) Delivery(event, outcome string) { m.deliveries.WithLabelValues(event, outcome).Inc() }

// Hook counts a request to the webhook.
func (m *Metrics) Hook(outcome string) { m.hooks.WithLabelValues(outcome).Inc() }

// Published measures the time from the newest delivery about a change to its published verdict.
func (m *Metrics) Published(after time.Duration) { m.verdictAfter.Observe(after.Seconds()) }

// Upload counts an upload; it implements the observer of package ingest.
func (m *Metrics) Upload(kind cireport.Kind, outcome string, bytes int64, parsing time.Duration) {
	if kind != cireport.CoverageKind && kind != cireport.LintKind && kind != upload.Final {
		kind = "unknown" // a client must not make up labels
	}
	m.uploading.uploads.WithLabelValues(string(kind), outcome).Inc()
	m.uploading.bytes.Add(float64(bytes))
	if parsing > 0 {
		m.uploading.parsing.WithLabelValues(string(kind)).Observe(parsing.Seconds())
	}
}

// Handler serves the metrics in the text format of Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Sent counts a write to the forge.
func (m *Metrics) Sent(e effect.Effect, r effect.Receipt) {
	kind := "comment"
	if e.Check != nil {
		kind = "check"
	}
	m.effects.WithLabelValues(kind, strconv.FormatBool(r.Found)).Inc()
}

// LookEnded measures a look that ended.
func (m *Metrics) LookEnded(e lookjobs.Ended) {
	m.looks.WithLabelValues(e.Outcome).Observe(e.Took.Seconds())
	m.waited.Observe(e.Waited.Seconds())
}

// Judged counts a verdict.
func (m *Metrics) Judged(_ change.Ref, d policy.Decision) {
	m.verdicts.WithLabelValues(string(d.Conclusion)).Inc()
}

// Transport counts the requests that pass through it.
func (m *Metrics) Transport(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		status := "0"
		if err == nil {
			status = strconv.Itoa(resp.StatusCode)
		}
		m.requests.WithLabelValues(r.Method, status).Inc()
		return resp, err
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Advised counts the calls, tokens, drops and problems of one look of the model.
func (m *Metrics) Advised(a advice.Advice, took time.Duration) {
	m.advising.seconds.Observe(took.Seconds())
	m.advising.looks.WithLabelValues(string(a.Extent)).Inc()
	for kind, n := range map[string]int{"in": a.Cost.Usage.In, "cached": a.Cost.Usage.CachedIn, "out": a.Cost.Usage.Out,
		"reasoning": a.Cost.Usage.Reasoning} {
		m.advising.tokens.WithLabelValues(kind).Add(float64(n))
	}
	m.advising.calls.Add(float64(a.Cost.Calls))
	if a.Cost.MicroDollars != nil {
		m.advising.dollars.Add(float64(*a.Cost.MicroDollars) / 1e6)
	}
	for gate, n := range a.Gates {
		m.advising.drops.WithLabelValues(string(gate)).Add(float64(n))
	}
	for _, p := range a.Problems {
		m.advising.problems.WithLabelValues(string(p.Kind)).Inc()
	}
}

// Consulted counts a step of advice by its outcome.
func (m *Metrics) Consulted(_ consult.Consult, outcome string) {
	m.advising.consults.WithLabelValues(outcome).Inc()
}
