package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// enoughLabels is how many labelled findings make a precision worth stating as one.
const enoughLabels = 30

// Measured is how often a rule was right, and how often it fired, on merged changes of public repositories.
// docs/field.md says how it was measured.
type Measured struct {
	// Right is how many of Labelled findings, judged by hand, a maintainer would act on or be glad to know.
	Right    int `json:"right"`
	Labelled int `json:"labelled"`
	// All is true when these are all the findings that there were in Changes: the rule fires so rarely.
	All bool `json:"all,omitempty"`
	// Fired is in how many of Changes the rule found something.
	Fired   int `json:"fired"`
	Changes int `json:"changes"`
	// Date is the day of the measurement, "2026-11-28".
	Date string `json:"date"`
	// Why says what the numbers cannot: why nothing could be measured, or why the rule's default mode stands all the same.
	Why string `json:"why,omitempty"`
}

// Enough reports whether so many findings were labelled that their share means something.
func (m Measured) Enough() bool { return m.Labelled >= enoughLabels }

// AtLeast reports whether at least so many percent of the labelled findings were right. It is true if none was labelled.
func (m Measured) AtLeast(percent int) bool { return m.Right*100 >= m.Labelled*percent }

// String is the measurement in one sentence without a full stop.
func (m Measured) String() string {
	right := fmt.Sprintf("%d of %d findings were right", m.Right, m.Labelled)
	var summary string
	switch {
	case m.Changes == 0:
		summary = "not measured"
	case m.Fired == 0:
		summary = fmt.Sprintf("never fired in %s changes", thousands(m.Changes))
	case m.Labelled == 0:
		summary = fmt.Sprintf(
			"fired too rarely to measure: %s in %s changes",
			thousands(m.Fired),
			thousands(m.Changes),
		)
	case m.All:
		summary = fmt.Sprintf(
			"%s, all that there were; fired in %s of %s changes",
			right,
			thousands(m.Fired),
			thousands(m.Changes),
		)
	case !m.Enough():
		summary = fmt.Sprintf(
			"%s, too few to be sure; fired in %s of %s changes",
			right,
			thousands(m.Fired),
			thousands(m.Changes),
		)
	default:
		summary = fmt.Sprintf(
			"%s; fired in %s %% of %s changes",
			right,
			share(m.Fired, m.Changes),
			thousands(m.Changes),
		)
	}
	if m.Why != "" {
		summary += ". " + strings.TrimSuffix(oneLine(m.Why), ".")
	}
	return summary
}

// share is a part in percent, with two digits that say something.
func share(part, whole int) string {
	return strconv.FormatFloat(float64(part)*100/float64(whole), 'g', 2, 64)
}

// thousands is 12345 as "12,345".
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// lintMeasured finds numbers that cannot be: they are written by hand.
func (e *Engine) lintMeasured(at Problem, m Measured) {
	switch {
	case m.Right < 0 || m.Fired < 0 || m.Right > m.Labelled || m.Fired > m.Changes:
		e.problem(at, "custom.measured: right is at most labelled, and fired at most changes")
	case m.Labelled > 0 && m.Fired == 0:
		e.problem(at, "custom.measured: findings are labelled of a rule that did not fire")
	case m.All && m.Labelled < m.Fired:
		e.problem(
			at,
			"custom.measured: all says that every finding is labelled, and there is one at least in each change that fired",
		)
	case m.Changes == 0 && m.Why == "":
		e.problem(at, "custom.measured: say by changes of how many it was measured, or by why that nothing could be")
	case m.Changes > 0:
		if _, err := time.Parse(time.DateOnly, m.Date); err != nil {
			e.problem(at, "custom.measured.date is %q; it is a day such as 2026-11-28", m.Date)
		}
	}
}
