package settings

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/text"
)

// Families are the rule families of this version, by name.
func Families() []string { return family.Names(false) }

// FamilyMode is the mode that the file gives a family; empty when it gives none or there is no such family.
func (s Settings) FamilyMode(family string) finding.Mode {
	if mode, _ := s.stage(family); mode != nil {
		return *mode
	}
	return ""
}

// stage is where a family's mode and its rollout are kept; nil when there is no such family.
func (s *Settings) stage(name string) (*finding.Mode, *Rollout) {
	switch name {
	case family.Commits:
		return &s.Commits.Mode, &s.Commits.Rollout
	case family.Ownership:
		return &s.Ownership.Mode, &s.Ownership.Rollout
	case family.Size:
		return &s.Size.Mode, &s.Size.Rollout
	case family.Coverage:
		return &s.Coverage.Mode, &s.Coverage.Rollout
	case family.Lint:
		return &s.Lint.Mode, &s.Lint.Rollout
	case family.Secrets:
		return &s.Secrets.Mode, &s.Secrets.Rollout
	case family.Dependencies:
		return &s.Dependencies.Mode, &s.Dependencies.Rollout
	case family.Workflows:
		return &s.Workflows.Mode, &s.Workflows.Rollout
	case family.Smells:
		return &s.Smells.Mode, &s.Smells.Rollout
	case family.Tests:
		return &s.Tests.Mode, &s.Tests.Rollout
	}
	return nil, nil
}

// ModeOf is the mode of a rule: its own setting, else its family's, else the default of the rule's metadata, never
// above Cap. A family that is off switches its rules off whatever they say. A rule without a default enforces: a rule
// is never silent by mistake.
//
// A rule that was demoted warns at most. A mode that is rolled out holds everywhere until Settle says where the change
// is. An organisation's floor raises what comes out.
func (s Settings) ModeOf(family, rule string, defaultMode finding.Mode) finding.Mode {
	return s.modeOf(family, rule, defaultMode).Cap(s.demotion(rule)).AtLeast(s.least(family, rule))
}

// least is the mode that the floor asks of a rule; off when it asks for none.
func (s Settings) least(family, rule string) finding.Mode {
	least := finding.Off
	for _, name := range []string{family, rule} {
		for _, asked := range []map[string]finding.Mode{s.Least, s.rolledOut()} {
			if m, ok := asked[name]; ok {
				least = least.AtLeast(m)
			}
		}
	}
	return least
}

// Evaluates reports whether any rule of a family can be on.
func (s Settings) Evaluates(family string) bool {
	for name := range s.Least {
		if of, _, _ := strings.Cut(name, "/"); of == family && s.Least[name] != finding.Off {
			return true
		}
	}
	for _, f := range s.Floors {
		if of, _, _ := strings.Cut(f.Name, "/"); of == family {
			return true
		}
	}
	return s.FamilyMode(family) != finding.Off
}

// Names reports whether the settings, or an organisation's floor, give a rule a mode by its own name or its family's.
func (s Settings) Names(family, rule string) bool {
	_, floor := s.Least[family]
	_, ruleFloor := s.Least[rule]
	rolledOut := slices.ContainsFunc(s.Floors, func(f FloorRollout) bool { return f.Name == family || f.Name == rule })
	return floor || ruleFloor || rolledOut || s.FamilyMode(family) != "" || s.Rules[rule].Mode != ""
}

func (s Settings) modeOf(family, rule string, defaultMode finding.Mode) finding.Mode {
	of, highest := s.Settled.fall(family, s.FamilyMode(family))
	if of == finding.Off {
		return finding.Off
	}
	own, limit := s.Settled.fall(rule, s.Rules[rule].Mode)
	for _, m := range []finding.Mode{own, of} {
		if m != "" {
			return m.Cap(limit).Cap(s.Cap)
		}
	}
	if defaultMode == "" {
		defaultMode = finding.Enforce
	}
	return defaultMode.Cap(limit).Cap(highest).Cap(s.Cap)
}

// SeverityOf is the severity of a rule's findings: its own setting, else the default of the rule's metadata. Where a
// floor makes the rule enforce, the setting cannot take an error's power to block away.
func (s Settings) SeverityOf(rule string, defaultSeverity finding.Severity) finding.Severity {
	family, _, _ := strings.Cut(rule, "/")
	held := defaultSeverity == finding.Error && s.least(family, rule) == finding.Enforce
	if v := s.Rules[rule].Severity; v != "" && !held {
		return v
	}
	return defaultSeverity
}

// Canonical is the settings as JSON with sorted keys and every default, Cap as "cap" among them, Least as "least" and
// Floors by name as "floors" where there are any. It is what Digest names and what evidence keeps. Advise is not in it: no
// verdict follows from it, so switching advice on changes no verdict's evidence.
func Canonical(s Settings) []byte {
	raw, err := json.Marshal(s)
	if err == nil {
		var m map[string]any
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		if err = dec.Decode(&m); err == nil {
			m["cap"] = s.Cap
			if len(s.Least) > 0 {
				m["least"] = s.Least
			}
			if len(s.Floors) > 0 {
				byName := map[string][]FloorRollout{}
				for _, f := range s.Floors {
					byName[f.Name] = append(byName[f.Name], f)
				}
				m["floors"] = byName
			}
			if len(s.Demoted) > 0 {
				m["demoted"] = s.Demoted
			}
			delete(m, "advise")
			raw, err = json.Marshal(m)
		}
	}
	if err != nil {
		panic(err) // strings, numbers, lists and maps of them always encode
	}
	return raw
}

// Digest is "sha256:hex" of the canonical form: equal settings, written however, have equal digests.
func Digest(s Settings) string { return text.Digest(Canonical(s)) }
