package definition

// deliveries are the five of DORA.
var deliveries = []Definition{
	{
		Name:  "lead_time",
		Title: "Change lead time",
		Group: Dora,
		Formula: "From the first commit of a pull request to the end of the first successful deployment to " +
			"production that contains it, by the day of the deployment. Each pull request of a deployment " +
			"counts.",
		SQL:      "lead_s",
		Unit:     Seconds,
		Excludes: "Not known with merges as proxy: the time of the deployment is then unknown, not 0.",
		Source:   "commits and deployments",
		Version:  1,
		Column:   "lead_s",
	},
	{
		Name:  "deployment_frequency",
		Title: "Deployment frequency",
		Group: Dora,
		Formula: "Successful deployments to production of a service per week, and the share of days with one. Days " +
			"without one count.",
		SQL:      "COUNT(*)",
		Unit:     PerWeek,
		Excludes: "Failed runs, other environments, and repeated deployments of the same commit.",
		Source:   "deployments: statuses, else reported ones, else releases, else merges as proxy",
		Version:  1,
	},
	{
		Name:  "recovery_time",
		Title: "Failed deployment recovery time",
		Group: Dora,
		Formula: "From the end of a deployment that failed to its recovery: the end of its incident, or of the " +
			"deployment that took it back.",
		SQL:      "(recovered_at - finished_at) / 1000",
		Unit:     Seconds,
		Excludes: "Outages without a deployment. Not known until it is recovered.",
		Source:   "deployments and incidents",
		Version:  1,
	},
	{
		Name:  "change_fail_rate",
		Title: "Change fail rate",
		Group: Dora,
		Formula: "Deployments with at least one linked incident, or followed by a rollback or a revert of what " +
			"they brought, divided by deployments. It lies between 0 and 1.",
		SQL:  "AVG(failed)",
		Unit: Ratio,
		Excludes: "Incidents that no deployment explains. Shown with how the links were made: told, reverted, " +
			"rolled back, by time.",
		Source:  "deployments, incidents and reverts",
		Version: 1,
	},
	{
		Name:  "rework_rate",
		Title: "Deployment rework rate",
		Group: Dora,
		Formula: "Deployments that were not planned but made because of a failure: flagged so, rollbacks, and " +
			"those that carry only reverts and fixes of incidents, divided by deployments.",
		SQL:      "AVG(rework)",
		Unit:     Ratio,
		Excludes: "Whether by hand or by rule is shown.",
		Source:   "deployments and reverts",
		Version:  1,
	},
}
