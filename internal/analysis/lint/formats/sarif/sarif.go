// Package sarif reads SARIF 2.1.0, which most scanners and many linters write.
// The standard is that of OASIS; where it lets a property be absent, absent is not the same as zero, and this reader keeps them apart.
//
// Callers may rely on: results come one after another and are never all in memory in full; a level comes from the
// result, the invocation's override or the rule, in this order, else it is a warning; results that are no failures,
// that are suppressed for good, or that the tool itself calls old are none of ours; a run that says that it did not
// succeed is a tool that failed; results in other files are an error.
package sarif

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	dec := jsonscan.NewDecoder(r)
	found, versioned, runs := false, false, 0
	err := jsonscan.Members(dec, func(name string) error {
		switch name {
		case "version":
			var version string
			if err := jsonscan.Value(dec, &version); err != nil {
				return err
			}
			if !strings.HasPrefix(version, "2.1.") {
				return fmt.Errorf("SARIF of version %.20q is not read; write 2.1.0", version)
			}
			versioned = true
			return nil
		case "runs":
			found = true
			return jsonscan.Elements(dec, func() error { runs++; return readRun(dec, c) })
		case "inlineExternalProperties":
			return jsonscan.Elements(dec, func() error {
				var other struct {
					Results []json.RawMessage `json:"results"`
				}
				if err := jsonscan.Value(dec, &other); err != nil {
					return err
				}
				if len(other.Results) > 0 {
					return errors.New(
						"results of it are in inlineExternalProperties, which are not read; let the tool write them into the runs")
				}
				return nil
			})
		}
		return jsonscan.Skip(dec)
	})
	if err == nil && !found {
		err = errors.New("there are no runs in it")
	}
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	if err == nil && runs == 0 {
		if !versioned {
			return errors.New("it has no runs and no version, so nothing says that it is SARIF")
		}
		c.Note("there is no run in it, so no tool is known to have looked at anything")
	}
	return err
}

// run is what is known of one run when all of it was read; the results wait for that, as the rules may stand behind them.
type run struct {
	tool        tool
	invocations []invocation
	artifacts   []artifact
	bases       map[string]location
	columns     string
	results     []result
	size        int
	// more counts the results beyond the limits.
	more map[key]int
	lost int
	byID map[string]*descriptor
}

type key struct {
	id    string
	index int
	level string
}

func readRun(dec *json.Decoder, c *report.LintCollector) error {
	r := run{more: map[key]int{}}
	err := jsonscan.Members(dec, func(name string) error {
		switch name {
		case "tool":
			return jsonscan.Value(dec, &r.tool)
		case "invocations":
			return jsonscan.Value(dec, &r.invocations)
		case "artifacts":
			return jsonscan.Value(dec, &r.artifacts)
		case "originalUriBaseIds":
			return jsonscan.Value(dec, &r.bases)
		case "columnKind":
			return jsonscan.Value(dec, &r.columns)
		case "results":
			return jsonscan.Each(dec, func(one result) error {
				r.take(one)
				return nil
			})
		case "externalPropertyFileReferences":
			var other map[string]json.RawMessage
			if err := jsonscan.Value(dec, &other); err != nil {
				return err
			}
			if other["results"] != nil {
				return errors.New("its results are in other files (externalPropertyFileReferences), which are not read")
			}
			return nil
		}
		return jsonscan.Skip(dec)
	})
	if err != nil {
		return err
	}
	return r.finish(c)
}

// take keeps a result as long as there is room, and counts it otherwise.
func (r *run) take(one result) {
	if !one.counts() {
		return
	}
	one.trim()
	if len(r.results) < report.MaxFindings && r.size < report.MaxLintText {
		r.size += one.size()
		r.results = append(r.results, one)
		return
	}
	k := key{id: one.id(), index: one.index(), level: one.Level}
	if _, known := r.more[k]; !known && len(r.more) == report.MaxRules {
		r.lost++
		return
	}
	r.more[k]++
}

func (r *run) finish(c *report.LintCollector) error {
	name := r.tool.Driver.Name
	if strings.TrimSpace(name) == "" {
		return errors.New("a run without tool.driver.name")
	}
	if err := c.Tool(name); err != nil {
		return err
	}
	overrides := map[string]string{}
	for _, i := range r.invocations {
		if i.Successful != nil && !*i.Successful {
			if err := c.Fail(name, i.why()); err != nil {
				return err
			}
		}
		for _, o := range i.Overrides {
			id := o.Descriptor.ID
			if d := r.tool.at(o.Descriptor.Index, &o.Descriptor); id == "" && d != nil {
				id = d.ID
			}
			if o.Configuration.Level != "" {
				overrides[id] = o.Configuration.Level
			}
		}
	}
	for i := range r.results {
		f, err := r.finding(&r.results[i], overrides)
		if err == nil {
			err = c.Add(f)
		}
		if err != nil {
			return fmt.Errorf("result %d of the run of %.100q: %w", i, name, err)
		}
		r.results[i] = result{}
	}
	for k, n := range r.more {
		one := result{RuleID: k.id, Level: k.level}
		if k.index >= 0 {
			one.RuleIndex = &k.index
		}
		d, id := r.rule(&one)
		c.Count(name, id, level(&one, d, overrides), n)
	}
	if r.lost > 0 {
		c.Count(name, "", report.Error, r.lost)
	}
	return nil
}
