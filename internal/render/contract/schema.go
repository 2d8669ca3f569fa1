package contract

import "github.com/lintel-review/lintel/internal/document"

// Schema gives the JSON Schema of a Verdict, as published in docs/check.schema.json.
func Schema() ([]byte, error) {
	const at = "https://github.com/lintel-review/lintel/raw/main/docs/check.schema.json"
	return document.ReflectOutput(Verdict{}, at, "Output of lintel check --format json",
		map[string]string{
			"schema": "The version of this contract.",
			"conclusion": "success and nothing exit with status 0, failure with 1. nothing: the change has no " +
				"commits, so no rule was asked and no family is listed. Without a verdict (status 2) nothing is written.",
			"reason": "Why there was nothing to judge, one line of plain text; there for the conclusion nothing alone.",
			"base": "The commit that settings, CODEOWNERS and policies were read at. The diff starts at " +
				"its merge base with head.",
			"head":            "The commit that was judged; empty for a message whose commit is not made yet.",
			"families":        "The rule families, each with its own conclusion.",
			"families.*.name": "The family, the first part of its rules' names.",
			"families.*.conclusion": "failure when one of its findings blocks; abstained when nothing blocks but some rule " +
				"could not be judged; off when no rule is on.",
			"families.*.reason": "Only when it abstained as a whole: nothing of it was measured, and why. A family " +
				"that was judged in part has none.",
			"abstained":          "The rules that could not be judged and do not block. What they would have said is not known.",
			"abstained.*.reason": "What was missing, plain text.",
			"findings": "What the rules say, grouped by family and sorted by place. Those in mode shadow are " +
				"listed here and in no other format.",
			"findings.*.rule":     "family/name.",
			"findings.*.severity": "How bad it is by itself.",
			"findings.*.mode":     "How far the rule is rolled out: only enforce can block.",
			"findings.*.blocking": "Whether this finding alone makes the conclusion a failure.",
			"findings.*.path": "From the repository's root, with forward slashes; empty for the change as a whole. " +
				"Bytes that are not UTF-8 are written as \\xNN.",
			"findings.*.line":        "Line of the head, from 1; 0 is the whole file.",
			"findings.*.end_line":    "Last line of the head; 0 is the whole file.",
			"findings.*.title":       "The rule's name of the problem, one line of plain text.",
			"findings.*.message":     "What is wrong here, plain text. Parts of it may come from the change: escape it before you show it.",
			"findings.*.remedy":      "What to do next, plain text.",
			"findings.*.docs":        "The rule's page.",
			"findings.*.fingerprint": "sha256:hex, stays the same when lines move.",
			"findings.*.source":      "The tool whose report the finding comes from; not there for Lintel's own findings.",
			"findings.*.source.help": "The page of the tool's rule, at a known site; empty when there is none.",
			"findings.*.suggestion": "A correction that applies exactly to the head: the lines line to end_line become " +
				"text, which ends with a newline unless it is empty.",
			"incomplete":        "Facts that could not be read. When an enforced rule needs one, the conclusion is failure.",
			"incomplete.*.fact": "The fact's name, like diff.lines.",
			"incomplete.*.path": "The file, team or commit it is about; empty for all.",
			"policy":            "sha256:hex of the policies.",
			"settings":          "sha256:hex of the settings in force.",
		})
}
