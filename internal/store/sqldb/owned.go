package sqldb

// OwnedBy is the condition that a repository r belongs to the owner whose id is a parameter, such as $2. A group of GitLab
// owns what is in the groups below it as well, as the last look at a project found them.
func OwnedBy(parameter string) string {
	return `(r.owner_id <> 0 AND r.owner_id = ` + parameter + ` OR r.above LIKE '%,' || CAST(` + parameter + ` AS TEXT) || ',%')`
}
