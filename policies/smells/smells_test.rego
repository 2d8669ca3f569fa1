package lintel.smells_test

import data.lintel.smells

# limits are those of the settings.
limits := {"function_lines": 100, "nesting": 5, "cognitive": 30, "cyclomatic": 25, "parameters": 8, "duplicate_lines": 12}

# of is the policy input of a change with these parts.
of(parts) := {
	"files": {"complete": true},
	"settings": {"smells": limits},
	"smells": object.union(
		{
			"judged": 1, "skipped": 0, "skipped_hinted": 0, "unread": [], "unread_more": 0, "functions": [], "functions_more": 0,
			"duplicates": [], "duplicates_more": 0, "found": [], "more": 0,
		},
		parts,
	),
}

# a_function is one that has this measure before and after, and nothing else of note: it is no plain list of steps.
a_function(measure, before, after) := object.union(
	{
		"path": "cart.go", "name": "Cart.Total", "line": 3, "end_line": 9, "new": before == 0,
		"lines": {"before": 5, "after": 5}, "nesting": {"before": 1, "after": 1}, "cyclomatic": {"before": 1, "after": 1},
		"cognitive": {"before": 15, "after": 15}, "parameters": {"before": 1, "after": 1},
	},
	{measure: {"before": before, "after": after}},
)

# says are the findings of a rule.
says(id, facts) := [f | some f in smells.deny with input as facts; f.rule == id]

test_nothing_to_say if {
	count(smells.deny) == 0 with input as of({})
	count(smells.abstain) == 0 with input as of({})
}

# measures are the rule of each measure, with its limit.
measures := {
	"lines": ["smells/long-function", 100],
	"nesting": ["smells/deep-nesting", 5],
	"cognitive": ["smells/complex-function", 30],
	"cyclomatic": ["smells/many-paths", 25],
	"parameters": ["smells/many-parameters", 8],
}

test_a_function_that_comes_above_the_limit if {
	every measure, rule in measures {
		{f.rule | some f in smells.deny with input as of({"functions": [a_function(measure, 2, rule[1] + 1)]})} == {rule[0]}
		count(smells.deny) == 0 with input as of({"functions": [a_function(measure, 2, rule[1])]})
		count(smells.deny) == 0 with input as of({"functions": [a_function(measure, rule[1] + 2, rule[1] + 1)]})
	}
}

test_a_function_above_the_limit_may_grow_a_little if {
	says("smells/long-function", of({"functions": [a_function("lines", 200, 249)]})) == []
	[f] := says("smells/long-function", of({"functions": [a_function("lines", 200, 250)]}))
	f.message == "Cart.Total goes from 200 to 250 lines; the limit is 100."
	f.line == 3
	f.subject == "Cart.Total"
}

test_a_small_step_across_the_limit_is_no_news if {
	every measure, rule in measures {
		count(smells.deny) == 0 with input as of({"functions": [a_function(measure, rule[1], rule[1] + 1)]})
	}
	[_] := says("smells/long-function", of({"functions": [a_function("lines", 90, 113)]}))
}

# both is a function with two measures that are beyond their limits.
both(one, two) := object.union(a_function(one, 2, measures[one][1] + 1), {two: {"before": 2, "after": measures[two][1] + 1}})

test_a_function_is_reported_once if {
	{f.rule | some f in smells.deny with input as of({"functions": [both("cognitive", "lines")]})} == {"smells/complex-function"}
	{f.rule | some f in smells.deny with input as of({"functions": [both("nesting", "cyclomatic")]})} == {"smells/deep-nesting"}
	{f.rule | some f in smells.deny with input as of({"functions": [both("lines", "cyclomatic")]})} == {"smells/long-function"}
	{f.rule | some f in smells.deny with input as of({"functions": [both("cognitive", "nesting")]})} == {"smells/complex-function"}
}

test_a_list_of_steps_may_be_long if {
	every measure in ["lines", "cyclomatic"] {
		plain := object.union(a_function(measure, 2, 500), {"cognitive": {"before": 2, "after": 14}})
		count(smells.deny) == 0 with input as of({"functions": [plain]})
	}
}

test_a_constructor_takes_what_it_needs if {
	every name in ["Cart.constructor", "Cart.Cart", "Cart.__init__", "Cart.new", "NewCart", "shop.newCart"] {
		says("smells/many-parameters", of({"functions": [object.union(a_function("parameters", 2, 12), {"name": name})]})) == []
	}
	[_] := says("smells/many-parameters", of({"functions": [object.union(a_function("parameters", 2, 12), {"name": "Cart.renew"})]}))
}

test_a_new_function_says_so if {
	[f] := says("smells/complex-function", of({"functions": [a_function("cognitive", 0, 40)]}))
	f.message == "Cart.Total is new and has 40 cognitive complexity; the limit is 30."
}

test_no_limit if {
	every measure, _ in measures {
		facts := of({"functions": [a_function(measure, 2, 1000)]})
		none := object.union(facts, {"settings": {"smells": {k: 0 | some k, _ in limits}}})
		count(smells.deny) == 0 with input as none
	}
}

test_a_copied_block if {
	[f] := says("smells/duplicate", of({"duplicates": [{
		"path": "a.go", "line": 3, "end_line": 20, "lines": 14, "other_path": "b.go", "other_line": 5, "other_end_line": 22,
	}]}))
	f.message == "These 14 lines of code are also in b.go, lines 5 to 22."
	f.path == "a.go"
}

kinds := {
	"breakpoint", "print", "suppression", "blanket-suppression", "conflict", "todo", "commented-code", "swallowed-error",
	"hidden-text",
}

test_every_kind_has_its_rule if {
	every kind in kinds {
		facts := of({"found": [{"kind": kind, "path": "a.go", "line": 7, "end_line": 8, "what": "this"}]})
		{[f.rule, f.path, f.line, f.end_line] | some f in smells.deny with input as facts} == {[sprintf("smells/%s", [kind]), "a.go", 7, 8]}
	}
}

test_a_file_that_was_not_judged_is_named if {
	[f] := says("smells/unread", of({"unread": [{"path": "a.go", "why": "it was not read"}]}))
	f.path == "a.go"
	f.message == "Not everything was judged: a.go: it was not read."
}

test_many_files_that_were_not_judged if {
	unread := [{"path": sprintf("%d.go", [i]), "why": "x"} | some i in [1, 2, 3, 4]]
	[f] := says("smells/unread", of({"unread": unread, "unread_more": 1, "more": 3}))
	f.path == ""
	f.message == "Not everything was judged: 1.go: x; 2.go: x; 3.go: x; and 2 files more; 3 findings more are not listed here."
}

test_an_incomplete_list_abstains if {
	open := object.union(of({}), {"files": {"complete": false}})
	count(smells.abstain) == (count(kinds) + count(measures)) + 1 with input as open
}

test_what_was_not_to_be_read_abstains if {
	unread := of({"skipped": 2, "skipped_hinted": 1})
	rules := {a.rule | some a in smells.abstain with input as unread}
	count(rules) == (count(kinds) + count(measures)) - 1
	not "smells/conflict" in rules
	not "smells/hidden-text" in rules
	count(smells.deny) == 0 with input as unread
}

test_without_a_hint_there_is_nothing_to_find if {
	unread := of({"skipped": 2})
	rules := {a.rule | some a in smells.abstain with input as unread}
	"smells/long-function" in rules
	not "smells/complex-function" in rules
	not "smells/breakpoint" in rules
}
