"""The model of the interop tests: every number times two, texts as they are. It is served by Seldon Core's own Python server.

A first feature of FAIL makes it raise, one of SLOW makes it take two seconds.
"""

import time

FAIL = -500.0
SLOW = -2000.0


def act(first):
    if first == FAIL:
        raise ValueError("the model does not take -500 <tag> & \u4e2d\u6587")
    if first == SLOW:
        time.sleep(2)


class RankModel:
    def predict(self, X, names=None, meta=None):
        if isinstance(X, dict):
            return self.rank(X)
        if isinstance(X, str):
            return X
        act(X.flat[0] if X.size else None)
        return X * 2

    def rank(self, request):
        """jsonData in, jsonData out: {"features": [1.0]} to {"scores": [2.0], "model": "seldon"}"""
        features = request["features"]
        act(features[0] if features else None)
        return {"scores": [feature * 2 for feature in features], "model": "seldon"}
