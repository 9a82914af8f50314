"""严重失信主体名单 (令11, 49号): from the prior notice to the end of an entry.

People decide, the calendar ends. Every step keeps who took it, why and when. Serves G04, G12 and G14; it derives
nothing from penalty records.
"""
