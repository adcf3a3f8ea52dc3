import unittest

import greeter


class Greets(unittest.TestCase):
    def test_someone_is_greeted_by_name(self):
        self.assertEqual(greeter.greet("hello", " you "), "hello, you")

    def test_nobody_is_the_world(self):
        self.assertEqual(greeter.greet("hi", ""), "hi, world")

    def test_the_package_is_the_compiled_one(self):
        self.assertIn(greeter.edition(), ["licensed", "unlicensed"])
