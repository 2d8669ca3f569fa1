package server

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
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/upload"
)

// metrics are the server's metrics; only this file uses the Prometheus client. docs/metrics.md defines every one.
type metrics struct {
	registry     *prometheus.Registry
	deliveries   *prometheus.CounterVec
	hooks        *prometheus.CounterVec
	verdicts     *prometheus.CounterVec
	effects      *prometheus.CounterVec
	requests     *prometheus.CounterVec
	verdictAfter prometheus.Histogram
	waited       prometheus.Histogram
	looks        *prometheus.HistogramVec
	uploading
	advising
}

// uploading counts the reports that CI uploads.
type uploading struct {
	uploads     *prometheus.CounterVec
	uploadBytes prometheus.Counter
	parsing     *prometheus.HistogramVec
}

func (u uploading) collectors() []prometheus.Collector {
	return []prometheus.Collector{u.uploads, u.uploadBytes, u.parsing}
}

// advising counts what advice does.
type advising struct {
	consults, adviceLooks, adviceTokens, adviceDrops, adviceProblems *prometheus.CounterVec
	adviceCalls, adviceDollars                                       prometheus.Counter
	adviceSeconds                                                    prometheus.Histogram
}

func newAdvising() advising {
	return advising{
		consults: counters("lintel_advice_total",
			"Steps of advice by outcome (posted, nothing to say, skipped, failed, stale, put off).", "outcome"),
		adviceLooks: counters("lintel_advice_looks_total",
			"Looks of a language model by how much of the change it read (whole, partial, nothing).", "extent"),
		adviceTokens: counters("lintel_advice_tokens_total",
			"Tokens by kind (in, cached, out, reasoning), as the endpoint counts them. Cached are a part of in, reasoning of out.", "kind"),
		adviceDrops:    counters("lintel_advice_drops_total", "What the gates between the model and people dropped.", "gate"),
		adviceProblems: counters("lintel_advice_problems_total", "Questions without an answer of use, by kind.", "kind"),
		adviceCalls:    counter("lintel_advice_calls_total", "Questions put to the model."),
		adviceDollars:  counter("lintel_advice_dollars_total", "What the questions cost, where prices are known."),
		adviceSeconds:  histogram("lintel_advice_seconds", "Duration of a look of the model, with the checks of its answers."),
	}
}

func (a advising) collectors() []prometheus.Collector {
	return []prometheus.Collector{
		a.consults, a.adviceLooks, a.adviceTokens, a.adviceDrops, a.adviceProblems,
		a.adviceCalls, a.adviceDollars, a.adviceSeconds,
	}
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

var seconds = []float64{.005, .01, .025, .05, .1, .15, .2, .25, .5, 1, 2, 5, 10, 30, 60, 300}

func histogram(name, help string) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: seconds})
}

func histograms(name, help string, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: seconds}, labels)
}

func gauge(name, help string, read func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read)
}

func newMetrics(st *store.Store) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		deliveries: counters("lintel_deliveries_total",
			"Authenticated deliveries by event and outcome (accepted, ignored, repeat, refused).", "event", "outcome"),
		hooks:    counters("lintel_hook_requests_total", "Requests to the webhook by outcome.", "outcome"),
		verdicts: counters("lintel_verdicts_total", "Verdicts by conclusion.", "conclusion"),
		effects: counters("lintel_effects_total",
			"Writes to the forge that were carried out, by kind (check, comment) and whether they were found there already.",
			"kind", "found"),
		requests: counters("lintel_forge_requests_total",
			"Requests to the forge by method and status (0: no answer).", "method", "status"),
		verdictAfter: histogram("lintel_delivery_to_verdict_seconds",
			"From the newest delivery about a change to its published verdict."),
		waited: histogram("lintel_look_wait_seconds", "From a job's time to its start."),
		looks:  histograms("lintel_look_seconds", "Duration of looks by outcome (done, again, retry, limited, refused).", "outcome"),
	}
	m.advising = newAdvising()
	m.uploading = uploading{
		uploads: counters("lintel_report_uploads_total",
			"Reports that CI handed in, by kind and outcome: stored, repeat, older, unread, or the reason of a refusal.",
			"kind", "outcome"),
		uploadBytes: counter("lintel_report_bytes_total", "Bytes of reports as they came."),
		parsing: histograms("lintel_report_parse_seconds",
			"From the first byte of a report to its line sets, the network included, by kind.", "kind"),
	}
	lag := func(read func(store.Lag) float64) func() float64 {
		return func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			l, err := st.Lag(ctx)
			if err != nil {
				return -1 // a gauge cannot fail; -1 is no real value, and /readyz says what is wrong
			}
			return read(l)
		}
	}
	m.registry.MustRegister(m.deliveries, m.hooks, m.verdicts, m.effects, m.requests, m.verdictAfter, m.waited, m.looks,
		gauge("lintel_changes_waiting",
			"Changes with something newer than their last verdict; -1 when the database does not answer.",
			lag(func(l store.Lag) float64 { return float64(l.Waiting) })),
		gauge("lintel_queue_lag_seconds",
			"How long the change that waits longest has waited; -1 when the database does not answer.",
			lag(func(l store.Lag) float64 { return l.Oldest.Seconds() })),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) queue(givenUp func(context.Context) (int, error)) {
	m.registry.MustRegister(gauge("lintel_jobs_given_up",
		"Jobs that failed for good and are not yet forgotten; -1 when the database does not answer.",
		func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			n, err := givenUp(ctx)
			if err != nil {
				return -1
			}
			return float64(n)
		}))
}

// Upload counts an upload; it implements the observer of package ingest.
func (m *metrics) Upload(kind cireport.Kind, outcome string, bytes int64, parsing time.Duration) {
	if kind != cireport.CoverageKind && kind != cireport.LintKind && kind != upload.Final {
		kind = "unknown" // a client must not make up labels
	}
	m.uploads.WithLabelValues(string(kind), outcome).Inc()
	m.uploadBytes.Add(float64(bytes))
	if parsing > 0 {
		m.parsing.WithLabelValues(string(kind)).Observe(parsing.Seconds())
	}
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *metrics) sent(e effect.Effect, r effect.Receipt) {
	kind := "comment"
	if e.Check != nil {
		kind = "check"
	}
	m.effects.WithLabelValues(kind, strconv.FormatBool(r.Found)).Inc()
}

// lookEnded measures a look that ended.
func (m *metrics) lookEnded(e lookjobs.Ended) {
	m.looks.WithLabelValues(e.Outcome).Observe(e.Took.Seconds())
	m.waited.Observe(e.Waited.Seconds())
}

func (m *metrics) judged(_ change.Ref, d policy.Decision) {
	m.verdicts.WithLabelValues(string(d.Conclusion)).Inc()
}

// transport counts the requests that pass through it.
func (m *metrics) transport(next http.RoundTripper) http.RoundTripper {
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

// looked counts the calls, tokens, drops and problems of one look of the model.
func (m *metrics) looked(a advice.Advice, took time.Duration) {
	m.adviceSeconds.Observe(took.Seconds())
	m.adviceLooks.WithLabelValues(string(a.Extent)).Inc()
	for kind, n := range map[string]int{"in": a.Cost.Usage.In, "cached": a.Cost.Usage.CachedIn, "out": a.Cost.Usage.Out,
		"reasoning": a.Cost.Usage.Reasoning} {
		m.adviceTokens.WithLabelValues(kind).Add(float64(n))
	}
	m.adviceCalls.Add(float64(a.Cost.Calls))
	if a.Cost.MicroDollars != nil {
		m.adviceDollars.Add(float64(*a.Cost.MicroDollars) / 1e6)
	}
	for gate, n := range a.Gates {
		m.adviceDrops.WithLabelValues(string(gate)).Add(float64(n))
	}
	for _, p := range a.Problems {
		m.adviceProblems.WithLabelValues(string(p.Kind)).Inc()
	}
}

func (m *metrics) consulted(_ consult.Consult, outcome string) {
	m.consults.WithLabelValues(outcome).Inc()
}
