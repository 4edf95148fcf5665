package main

import (
	"time"

	hessian "github.com/apache/dubbo-go-hessian2"
	big "github.com/dubbogo/gost/math/big"
)

// RankRequest is the Java bean of the same name as a Go service declares it: only the fields it uses.
type RankRequest struct {
	UserId   int64
	Scene    string
	ItemIds  []int64
	Features []float64
	Level    Level
	At       time.Time
}

func (RankRequest) JavaClassName() string { return "com.example.rank.RankRequest" }

// RankResult holds one value of every kind that answers hold in practice.
type RankResult struct {
	Model     string
	RequestId int64
	Best      *ItemScore
	Scores    []float64
	At        time.Time
	Cost      *big.Decimal
	Level     Level
	Blob      []byte
	Code      int32
}

func (RankResult) JavaClassName() string { return "com.example.rank.RankResult" }

// ItemScore is a bean inside a bean.
type ItemScore struct {
	Id    int64
	Title string
	Score float64
	Fresh bool
}

func (ItemScore) JavaClassName() string { return "com.example.rank.ItemScore" }

// Level is a Java enum.
type Level hessian.JavaEnum

var levels = []string{"LOW", "MIDDLE", "HIGH"}

func (Level) JavaClassName() string { return "com.example.rank.Level" }

func (level Level) String() string { return levels[level] }

// EnumValue finds the constant of a name; unknown names are what the library calls invalid.
func (Level) EnumValue(name string) hessian.JavaEnum {
	for i, known := range levels {
		if known == name {
			return hessian.JavaEnum(i)
		}
	}
	return hessian.InvalidJavaEnum
}

func init() {
	hessian.RegisterPOJO(&RankRequest{})
	hessian.RegisterPOJO(&RankResult{})
	hessian.RegisterPOJO(&ItemScore{})
	hessian.RegisterJavaEnum(Level(0))
}
