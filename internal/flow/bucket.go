package flow

import "math"

// BucketWidth is the relative width of each bucket: a percentile that is read from them is wrong by 1 % at most, and
// buckets of any days, teams and repositories can be added up. https://arxiv.org/abs/1908.10693
const BucketWidth = 1.01 / 0.99

// Bucket is the bucket of a number of seconds; nil for nil.
func Bucket(seconds *int64) *int64 {
	if seconds == nil {
		return nil
	}
	b := int64(0)
	if *seconds > 1 {
		b = int64(math.Ceil(math.Log(float64(*seconds))/math.Log(BucketWidth) - 1e-9))
	}
	return &b
}

// BucketSeconds is the number of seconds that stands for a bucket.
func BucketSeconds(bucket int64) int64 {
	return int64(math.Round(2 * math.Pow(BucketWidth, float64(bucket)) / (1 + BucketWidth)))
}
