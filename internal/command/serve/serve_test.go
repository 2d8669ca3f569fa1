// The mark for the whole package stands here, since the story's own file has a build constraint.
//
//race:unwatched
package serve
