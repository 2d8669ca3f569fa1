package commits

import "slices"

// commonWords are words that nobody writes as a name at the head of a subject: verbs in the forms in which people use
// them there, and small words. A alone may be a record or a grade. Words that are names of types, components, tools or
// languages too (set, map, list, link, go, express, react, next) are left out on purpose. They are sorted.
var commonWords = []string{
	"add", "added", "adding", "additional", "adds", "adjust", "adjusted", "adjusts", "allow", "allowed", "allowing", "allows", "also", "an",
	"apply", "avoid", "avoided", "avoids", "bring", "bump", "bumped", "bumping", "bumps", "change", "changed", "changes", "changing",
	"clarify",
	"clean", "cleaned", "cleanup", "convert", "converted", "converts", "correct", "corrected", "corrects", "create", "created",
	"creates", "creating",
	"delete", "deleted", "deletes", "deleting", "deprecate", "deprecated", "deprecates", "disable", "disabled", "disables", "do",
	"does", "don't",
	"downgrade", "drop", "dropped", "dropping", "drops", "eliminate", "enable", "enabled", "enables", "enabling", "enhance", "enhanced",
	"enhances",
	"ensure", "ensured", "ensures", "ensuring", "expose", "exposed", "exposes", "extract", "extracted", "extracts", "fix", "fixed",
	"fixes", "fixing",
	"fixup", "force", "give", "handle", "handled", "handles", "handling", "ignore", "ignored", "ignores", "implement", "implemented",
	"implementing",
	"implements", "improve", "improved", "improves", "improving", "include", "included", "includes", "increase", "increased",
	"increases", "initial",
	"introduce", "introduced", "introduces", "introducing", "keep", "keeps", "let", "make", "makes", "making", "migrate", "migrated",
	"migrates",
	"minor", "more", "move", "moved", "moves", "moving", "no", "optimise", "optimised", "optimize", "optimized", "optimizes", "prefer",
	"prepare",
	"prevent", "prevented", "prevents", "properly", "provide", "provided", "provides", "reduce", "reduced", "reduces", "refactor",
	"refactored",
	"refactoring", "refactors", "remove", "removed", "removes", "removing", "rename", "renamed", "renames", "renaming", "reorganize",
	"replace",
	"replaced", "replaces", "replacing", "require", "resolve", "resolved", "resolves", "restore", "restored", "restores", "restructure",
	"return",
	"returns", "rework", "reworked", "rewrite", "rewritten", "simplified", "simplifies", "simplify", "skip", "skipped", "skips", "some",
	"stop",
	"support", "supports", "the", "this", "treat", "tweak", "tweaks", "unify", "update", "updated", "updates", "updating", "upgrade",
	"upgraded",
	"upgrades", "upgrading", "use", "used", "uses", "using", "various", "when", "wrap", "wraps",
}

// commonWord says whether a lower-case word is one of them.
func commonWord(word string) bool {
	_, found := slices.BinarySearch(commonWords, word)
	return found
}
