"""Programs that agents run, each in a child process that ends with its run.

`process` starts one and stops it, `keeper` is the little program that stays beside it, `pipes`
takes what it says, `surroundings` is what it may see, `permits` what may run at all.
"""
