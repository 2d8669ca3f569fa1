package translate

// DCO translates .github/dco.yml. The DCO app needs no file: an empty one is what it does by itself.
func DCO(name string, data []byte) (Result, error) {
	f, err := open(name, data)
	if err != nil {
		return Result{}, err
	}
	f.put(0, true, "commits", "signed_off")
	f.put(0, "enforce", "rules", "commits/sign-off", "mode")
	individual := f.get("allowRemediationCommits", "individual")
	thirdParty := f.get("allowRemediationCommits", "thirdParty")
	if individual == true || thirdParty == true {
		f.put(f.line("allowRemediationCommits"), true, "commits", "remediation")
	}
	if individual == true && thirdParty != true {
		f.look(f.line("allowRemediationCommits"), "allowRemediationCommits",
			"Lintel takes remediation commits on behalf of others, too, as thirdParty does")
	}
	if f.get("require", "members") == false {
		f.note(f.line("require", "members"), "require.members",
			"Lintel asks everybody for a sign-off; commits.ignore_authors lets single people off")
	}
	f.rest(nil)
	return f.result(nil)
}
