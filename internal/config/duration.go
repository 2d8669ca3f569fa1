package config

import "time"

// Duration is a time span as the file writes it, such as 30s. Load has checked that it is one.
type Duration string

// Span is the duration; negative when the text is none, which no key allows.
func (d Duration) Span() time.Duration {
	span, err := time.ParseDuration(string(d))
	if err != nil {
		return -1
	}
	return span
}

// within reports whether the text is a duration from least to most.
func (d Duration) within(least, most time.Duration) bool {
	span := d.Span()
	return span >= least && span <= most
}
