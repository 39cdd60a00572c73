"""Mutation testing: does a test notice when the code is wrong?"""
