package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Set is the metrics of one part of the server, which has them only if it has that part.
type Set struct{ collectors []prometheus.Collector }

// Register adds sets.
func (m *Metrics) Register(all ...Set) {
	for _, s := range all {
		m.register(s.collectors...)
	}
}

// Uploads is the set of Upload.
func (m *Metrics) Uploads() Set {
	u := m.uploading
	return Set{[]prometheus.Collector{u.uploads, u.bytes, u.parsing}}
}

// Advice is the set of Advised and Consulted.
func (m *Metrics) Advice() Set {
	a := m.advising
	return Set{[]prometheus.Collector{a.consults, a.looks, a.tokens, a.drops, a.problems, a.calls, a.dollars, a.seconds}}
}

// Roles is the set of what a process works on, by which rules tell the metrics of one role from those of another.
func Roles(all ...string) Set {
	roles := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "lintel_process_role", Help: "1 for each role of the process: web, gate, " +
		"advise, sweeps, reports; ask (a worker of advice), checks (a worker of checks). Join it with any metric of the same instance."},
		[]string{"role"})
	for _, name := range all {
		roles.WithLabelValues(name).Set(1)
	}
	return Set{[]prometheus.Collector{roles}}
}

// Sample is one value of a gauge, with the values of its labels in the order of their names.
type Sample struct {
	Labels []string
	Value  float64
}

// Gauges is the set of one gauge that is read when Prometheus asks. Read has two seconds; when it fails, the gauge is
// absent, because a value under made-up labels would be worse. Whoever reads must keep the number of labels small.
func Gauges(name, help string, labels []string, read func(context.Context) ([]Sample, error)) Set {
	return Set{[]prometheus.Collector{gauges{prometheus.NewDesc(name, help, labels, nil), read}}}
}

type gauges struct {
	description *prometheus.Desc
	read        func(context.Context) ([]Sample, error)
}

// Describe implements prometheus.Collector.
func (g gauges) Describe(to chan<- *prometheus.Desc) { to <- g.description }

// Collect implements prometheus.Collector.
func (g gauges) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	samples, err := g.read(ctx)
	if err != nil {
		return // one gauge that cannot be read must not cost the others their scrape; /readyz says what is wrong
	}
	for _, s := range samples {
		m, err := prometheus.NewConstMetric(g.description, prometheus.GaugeValue, s.Value, s.Labels...)
		if err != nil {
			m = prometheus.NewInvalidMetric(g.description, err)
		}
		to <- m
	}
}
