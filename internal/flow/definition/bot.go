package definition

// itself are the figures of what Lintel does, and how quickly.
var itself = []Definition{
	{
		Name:     "addressed",
		Title:    "Addressed",
		Group:    Bot,
		Formula:  "Findings whose lines were changed so that the rule no longer fires, divided by decided findings.",
		Unit:     Ratio,
		Excludes: "Findings of pull requests that are open or were closed without a merge.",
		Source:   "outcomes of findings",
		Version:  1,
	},
	{
		Name:     "explicit_fp",
		Title:    "Called a false alarm",
		Group:    Bot,
		Formula:  "Findings that a person called a false alarm, divided by decided findings.",
		Unit:     Ratio,
		Excludes: "As addressed.",
		Source:   "outcomes of findings",
		Version:  1,
	},
	{
		Name:  "effective_fp",
		Title: "Effective false positives",
		Group: Bot,
		Formula: "Findings that were called a false alarm, resolved unchanged or ignored, divided by decided " +
			"findings. Not acted on is not the same as wrong.",
		Unit:     Ratio,
		Excludes: "As addressed.",
		Source:   "outcomes of findings",
		Version:  1,
	},
	{
		Name:     "override_rate",
		Title:    "Overridden",
		Group:    Bot,
		Formula:  "Failed gates that a person overrode, divided by failed gates.",
		Unit:     Ratio,
		Excludes: "Gates that the operator opened.",
		Source:   "overrides",
		Version:  1,
	},
	{
		Name:     "cost",
		Title:    "Cost of advice",
		Group:    Bot,
		Formula:  "What the models cost, per reviewed pull request, per addressed finding and per merged one.",
		Unit:     Money,
		Excludes: "What failed before an answer costs what it cost.",
		Source:   "spending",
		Version:  1,
	},
	{
		Name:  "rollout_change",
		Title: "What a rollout changed",
		Group: Bot,
		Formula: "An estimate: how the typical time (geometric mean) or the number of pull requests differs between the 8 weeks " +
			"after a repository began and the 8 weeks before, less the same difference over the same weeks of repositories " +
			"that had not begun by their end (difference in differences). The mean over repositories that began, with a 95 % " +
			"interval by repository. Beside it: the same for the two windows before, where it should be none.",
		Unit: Change,
		Excludes: "The week of the beginning; repositories with fewer than 5 pull requests in a window; bots' pull requests. None " +
			"with fewer than 5 repositories that began or that had not, and none of what is not stepped. It is no proof: what " +
			"else happened to those that began, at that time, is in it.",
		Source:  "events of the pull request; first verdicts, first advice, or the plan of the server's file",
		Version: 1,
	},
	{
		Name:     "ack",
		Title:    "Received",
		Group:    Speed,
		Formula:  "From the receipt of a delivery to its being stored.",
		Unit:     Seconds,
		Excludes: "Deliveries that came by a sweep are lost: they count as bad.",
		Source:   "deliveries",
		Version:  1,
	},
	{
		Name:     "first_status",
		Title:    "First status",
		Group:    Speed,
		Formula:  "From the receipt of the delivery about a head to the first check run on it.",
		Unit:     Seconds,
		Excludes: "Heads that a newer one replaced before.",
		Source:   "deliveries and effects",
		Version:  1,
	},
	{
		Name:  "rules_done",
		Title: "Rules done",
		Group: Speed,
		Formula: "From the receipt of the delivery about a head to the rules' verdict on it. No model has a part " +
			"in it.",
		Unit:     Seconds,
		Excludes: "Heads that a newer one replaced before.",
		Source:   "deliveries and verdicts",
		Version:  1,
	},
	{
		Name:     "advice_done",
		Title:    "Advice done",
		Group:    Speed,
		Formula:  "From the receipt of the delivery about a head to the advice on it.",
		Unit:     Seconds,
		Excludes: "Heads that no advice was asked for.",
		Source:   "deliveries and consults",
		Version:  1,
	},
}
