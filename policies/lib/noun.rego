package lintel.lib

# noun is what people call the change on its forge, "pull request" or "merge request".
default noun := "pull request"

noun := input.change.noun
